//! The page, from Leptos to files that any web server could serve.
//!
//! All files of one build lie in one folder whose name is the hash of their content, so a
//! browser may keep them for ever; only `index.html` is asked for again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, ensure};
use sha2::{Digest, Sha256};

use crate::{files, npm, packages, process};

/// What the page is compiled to.
pub const TARGET: &str = "wasm32-unknown-unknown";

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
    (
        "@xterm/addon-search/lib/addon-search.mjs",
        "xterm/addon-search.mjs",
    ),
    (
        "@xterm/addon-unicode11/lib/addon-unicode11.mjs",
        "xterm/addon-unicode11.mjs",
    ),
    (
        "@xterm/addon-web-links/lib/addon-web-links.mjs",
        "xterm/addon-web-links.mjs",
    ),
    (
        "@xterm/addon-webgl/lib/addon-webgl.mjs",
        "xterm/addon-webgl.mjs",
    ),
];

/// The content security policy forbids scripts inside the page, so it starts from a file.
const START: &str = r#"import init from "./frontend.js";
await init({ module_or_path: new URL("./frontend_bg.wasm", import.meta.url) });
"#;

/// Builds the page into `dist` unless that is what it would be, and says where that is.
pub fn build() -> anyhow::Result<PathBuf> {
    packages::check_node()?;
    let root = process::root();
    let wasm = compile()?;
    let made_of = made_of(&wasm)?;
    let (dist, stamp) = (root.join("dist"), root.join("target/page.stamp"));
    if !dist.exists() || fs::read_to_string(&stamp).ok() != Some(made_of.clone()) {
        assemble(&wasm, &root.join("target/page"), &dist)?;
        fs::write(stamp, made_of).context("write the page's stamp")?;
    }
    Ok(dist)
}

/// The hash of all that decides what the page is, these lines included.
fn made_of(wasm: &Path) -> anyhow::Result<String> {
    let root = process::root();
    let mut parts = files::below(&root.join("frontend/styles"))?;
    parts.push(root.join("frontend/index.html"));
    parts.push(root.join("toolbox/page/package-lock.json"));
    parts.push(wasm.to_owned());
    let mut hash = Sha256::new();
    hash.update(include_str!("page.rs"));
    for part in parts {
        hash.update(fs::read(&part).with_context(|| format!("read {}", part.display()))?);
    }
    Ok(files::hex(hash))
}

fn assemble(wasm: &Path, built: &Path, dist: &Path) -> anyhow::Result<()> {
    let root = process::root();
    fs::remove_dir_all(built).or_else(not_there)?;
    bind(wasm, built)?;
    from_npm(built)?;
    fs::write(
        built.join("index.css"),
        styles(&root.join("frontend/styles"))?,
    )?;
    fs::write(built.join("start.js"), START)?;
    let base = format!("/assets/{}", files::hash(built)?);
    fs::remove_dir_all(dist).or_else(not_there)?;
    let assets = dist.join(&base[1..]);
    fs::create_dir_all(dist.join("assets"))?;
    fs::rename(built, assets).context("move the built page")?;
    let index = fs::read_to_string(root.join("frontend/index.html")).context("read index.html")?;
    let index = index
        .replace("{{css}}", &format!("{base}/index.css"))
        .replace("{{js}}", &format!("{base}/frontend.js"))
        .replace("{{start}}", &format!("{base}/start.js"))
        .replace("{{xterm}}", &format!("{base}/xterm"));
    fs::write(dist.join("index.html"), index)?;
    for file in files::below(dist)? {
        files::compress(&file)?;
    }
    Ok(())
}

/// Compiles the page's crate, and says where the wasm lies.
fn compile() -> anyhow::Result<PathBuf> {
    install()?;
    process::run(&mut process::command(
        "cargo",
        &[
            "build",
            "--package",
            "frontend",
            "--target",
            TARGET,
            "--profile",
            "wasm",
        ],
    ))?;
    Ok(process::target()?.join(TARGET).join("wasm/frontend.wasm"))
}

/// Writes what JavaScript needs to load the wasm.
fn bind(wasm: &Path, out: &Path) -> anyhow::Result<()> {
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(wasm)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).generate(out))
        .map_err(|error| anyhow!("bind the wasm: {error:#}"))
}

/// Adds the standard library of the page's target, unless it is there.
pub fn install() -> anyhow::Result<()> {
    let arguments = ["--print", "target-libdir", "--target", TARGET];
    let output = process::command("rustc", &arguments).output()?;
    if Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() {
        return Ok(());
    }
    eprintln!("the Rust target {TARGET} is missing: the page is compiled to it");
    ensure!(
        process::is_there("rustup"),
        "rustup, which would add it, is missing too: add {TARGET} the way your Rust was installed"
    );
    process::run(&mut process::command("rustup", &["target", "add", TARGET]))
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

fn not_there(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}
