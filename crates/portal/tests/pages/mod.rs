//! What holds for every page of the gallery, whatever it shows.

mod colours;
mod markup;
#[path = "../../examples/gallery/sample/mod.rs"]
pub mod sample;
pub mod scan;
