//! What the detector finds in a made population: the figures, and the picture of the threshold's trade-off.

use crate::workspace::Workspace;
use crate::{child, say};
use std::process::ExitCode;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const PICTURE: &str = "docs/detection.svg";

pub fn run() -> ExitCode {
    let done = Workspace::find().and_then(|workspace| {
        let mut sim = workspace.cargo(&["run", "--quiet", "--release", "-p", "sim", "--", "detection", PICTURE]);
        child::run(&mut sim, HOUR)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say::aside(&why);
            ExitCode::FAILURE
        }
    }
}
