//! Lets the crate build before the viewer is: an empty viewer that says how to make the real one.

use std::path::Path;
use std::{env, fs, io};

const NOTE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>stadtwin</title>\
<h1>The 3D viewer is not built in</h1><p>Run <code>npm ci &amp;&amp; npm run build</code> in <code>viewer/</code>, \
then build the server again; or start it with <code>--viewer-dir viewer/dist</code>.</p></html>\n";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=viewer/dist");
    println!("cargo:rerun-if-changed=assets");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let folder = Path::new(&root).join("viewer/dist");
    if !folder.join("index.html").exists() {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("index.html"), NOTE)?;
    }
    Ok(())
}
