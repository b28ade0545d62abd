//! Writes every page, with sample data, as static files: `cargo run -p portal --example gallery -- OUT_DIR`.

mod sample;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).ok_or("say where to: gallery OUT_DIR")?);
    fs::create_dir_all(out.join("assets"))?;
    for asset in portal::asset::all().iter().chain(portal::asset::phone()) {
        fs::write(out.join(asset.path.trim_start_matches('/')), asset.bytes)?;
    }
    for (name, page) in sample::all(str::to_owned) {
        fs::write(out.join(format!("{name}.html")), page.into_string().replace("\"/assets/", "\"assets/"))?;
    }
    Ok(())
}
