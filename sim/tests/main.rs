//! A small population past the detector: the floors that hold in every run; `cargo xtask detection` measures the rest.
#![allow(clippy::indexing_slicing)]

use kernel::watch::Thresholds;
use range::{Kind, Population};
use sim::measure::{Measured, population};
use sim::picture::{Point, svg};
use sim::replayed::Sight;

fn measured(threads: u32) -> Measured {
    population(&Population::new(1, 800), Sight::ALL, &Thresholds::usual(), threads)
}

#[test]
fn the_floors_hold_on_a_small_population() {
    let measured = measured(2);
    assert!(measured.all.attacks >= 60, "{}", measured.all.attacks);
    assert!(measured.all.percent_milli() >= 90_000, "{}", sim::report::text(&measured));
    assert!(measured.false_alarms_a_user_year_milli() <= 1_300, "{}", sim::report::text(&measured));
    // What was admitted until containment is part of what was admitted, and the smaller part.
    assert!(measured.all.with * 2 < measured.all.without);
    for kind in [Kind::SimSwap, Kind::PushBombing] {
        assert!(measured.by_kind[&kind].percent_milli() >= 80_000, "{}", kind.as_str());
    }
}

#[test]
fn the_same_population_gives_the_same_figures_however_many_work_on_it() {
    let (one, two) = (measured(1), measured(2));
    assert_eq!(sim::report::text(&one), sim::report::text(&two));
}

#[test]
fn the_picture_has_a_point_for_each_threshold_and_names_the_one_in_use() {
    let point = |eighths, usual| Point { eighths, detected_milli: 80_000, alarms_milli: 900, usual };
    let drawn = svg(&[point(64, false), point(71, true)]);
    assert_eq!(drawn.matches("<circle").count(), 2);
    assert_eq!(drawn.matches("8.8 bits, in use").count(), 1);
    assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n"));
}
