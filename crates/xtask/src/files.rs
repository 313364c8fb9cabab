//! Files of the page: listed, hashed, compressed.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Files that are worth compressing; fonts are compressed already.
const COMPRESSED: &[&str] = &["css", "html", "js", "mjs", "wasm"];

/// The hash of a folder: of its files' names and contents.
pub fn hash(folder: &Path) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    for file in below(folder)? {
        hash.update(file.strip_prefix(folder)?.display().to_string());
        hash.update(fs::read(file)?);
    }
    Ok(hex(hash))
}

/// The first 64 bits of a hash: enough to tell builds of one page apart.
pub fn hex(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// All files below a folder, in order.
pub fn below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a file's compressed twins beside it, if it is worth that.
pub fn compress(file: &Path) -> anyhow::Result<()> {
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
