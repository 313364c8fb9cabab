//! The page, from Leptos to files that any web server could serve.
//!
//! All files of one build lie in one folder whose name is the hash of their content, so a
//! browser may keep them for ever; only `index.html` is asked for again.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, ensure};
use sha2::{Digest, Sha256};

use crate::{npm, packages, process};

/// Files of npm packages, and the names that the page knows them by.
const FROM_NPM: &[(&str, &str)] = &[
    (
        "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
        "fonts/inter.woff2",
    ),
    (
        "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
        "fonts/jetbrains-mono.woff2",
    ),
    ("@xterm/xterm/lib/xterm.mjs", "xterm/xterm.mjs"),
    ("@xterm/xterm/css/xterm.css", "xterm/xterm.css"),
    ("@xterm/addon-fit/lib/addon-fit.mjs", "xterm/addon-fit.mjs"),
];

/// Files that are worth compressing; fonts are compressed already.
const COMPRESSED: &[&str] = &["css", "html", "js", "mjs", "wasm"];

/// The content security policy forbids scripts inside the page, so it starts from a file.
const START: &str = r#"import init from "./frontend.js";
await init({ module_or_path: new URL("./frontend_bg.wasm", import.meta.url) });
"#;

/// Builds the page into `dist`, and says where that is.
pub fn build() -> anyhow::Result<PathBuf> {
    packages::check_node()?;
    let root = process::root();
    let (built, dist) = (root.join("target/page"), root.join("dist"));
    fs::remove_dir_all(&built).or_else(not_there)?;
    bind(&built)?;
    from_npm(&built)?;
    fs::write(
        built.join("index.css"),
        styles(&root.join("frontend/styles"))?,
    )?;
    fs::write(built.join("start.js"), START)?;
    let base = format!("/assets/{}", hash(&built)?);
    fs::remove_dir_all(&dist).or_else(not_there)?;
    let assets = dist.join(&base[1..]);
    fs::create_dir_all(dist.join("assets"))?;
    fs::rename(&built, assets).context("move the built page")?;
    let index = fs::read_to_string(root.join("frontend/index.html")).context("read index.html")?;
    let index = index
        .replace("{{css}}", &format!("{base}/index.css"))
        .replace("{{js}}", &format!("{base}/frontend.js"))
        .replace("{{start}}", &format!("{base}/start.js"))
        .replace("{{xterm}}", &format!("{base}/xterm"));
    fs::write(dist.join("index.html"), index)?;
    for file in files(&dist)? {
        compress(&file)?;
    }
    Ok(dist)
}

/// Compiles to wasm, and writes what JavaScript needs to load it.
fn bind(out: &Path) -> anyhow::Result<()> {
    let target = "wasm32-unknown-unknown";
    install(target)?;
    process::run(&mut process::command(
        "cargo",
        &[
            "build",
            "--package",
            "frontend",
            "--target",
            target,
            "--profile",
            "wasm",
        ],
    ))?;
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(process::target()?.join(target).join("wasm/frontend.wasm"))
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).generate(out))
        .map_err(|error| anyhow!("bind the wasm: {error:#}"))
}

/// Adds the standard library of the page's target, unless it is there.
fn install(target: &str) -> anyhow::Result<()> {
    let arguments = ["--print", "target-libdir", "--target", target];
    let output = process::command("rustc", &arguments).output()?;
    if Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() {
        return Ok(());
    }
    eprintln!("the Rust target {target} is missing: the page is compiled to it");
    ensure!(
        process::is_there("rustup"),
        "rustup, which would add it, is missing too: add {target} the way your Rust was installed"
    );
    process::run(&mut process::command("rustup", &["target", "add", target]))
}

fn from_npm(out: &Path) -> anyhow::Result<()> {
    let packages = process::root().join("toolbox/page");
    npm::install(&packages)?;
    for (from, to) in FROM_NPM {
        let to = out.join(to);
        fs::create_dir_all(to.parent().unwrap_or(out))?;
        fs::copy(packages.join("node_modules").join(from), to)
            .with_context(|| format!("copy {from}"))?;
    }
    Ok(())
}

/// The style sheets in the order that `order.txt` gives, one name a line.
fn styles(folder: &Path) -> anyhow::Result<String> {
    let order = fs::read_to_string(folder.join("order.txt")).context("read order.txt")?;
    let names = order.lines().map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| fs::read_to_string(folder.join(name)).with_context(|| format!("read {name}")))
        .collect()
}

fn hash(folder: &Path) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    for file in files(folder)? {
        hash.update(file.strip_prefix(folder)?.display().to_string());
        hash.update(fs::read(file)?);
    }
    Ok(hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// All files below a folder, in order.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn compress(file: &Path) -> anyhow::Result<()> {
    let extension = file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    if !COMPRESSED.contains(&extension) {
        return Ok(());
    }
    let bytes = fs::read(file)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&bytes)?;
    fs::write(with_suffix(file, "gz"), gzip.finish()?)?;
    let mut brotli = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &parameters)?;
    fs::write(with_suffix(file, "br"), brotli)?;
    Ok(())
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    name.into()
}

fn not_there(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}
