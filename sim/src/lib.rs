//! What is measured on a made population: the detector beside the range's attacks.
#![forbid(unsafe_code)]

pub mod measure;
pub mod picture;
pub mod replayed;
pub mod report;
pub mod rows;
