//! The trade-off of the threshold as a picture: attacks detected over false alarms.

use std::fmt::Write;

/// One threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Of a bit.
    pub eighths: i32,
    /// Thousandths of a percent.
    pub detected_milli: u64,
    /// Thousandths of an alarm a user-year.
    pub alarms_milli: u64,
    /// The one in use.
    pub usual: bool,
}

impl Point {
    pub fn text(&self) -> String {
        format!(
            "{}.{} bits: {}.{} % detected, {}.{:02} false alarms a user-year{}",
            self.eighths / 8,
            self.eighths % 8 * 10 / 8,
            self.detected_milli / 1_000,
            self.detected_milli % 1_000 / 100,
            self.alarms_milli / 1_000,
            self.alarms_milli % 1_000 / 10,
            if self.usual { ", in use" } else { "" },
        )
    }

    /// 100 pixels for each alarm a year, up to 6; 5 for each percent, from 40 on.
    fn at(&self) -> (u64, u64) {
        let x = 60 + (self.alarms_milli / 10).min(600);
        let y = 340 - (self.detected_milli / 200).saturating_sub(200).min(300);
        (x, y)
    }
}

pub fn svg(points: &[Point]) -> String {
    let mut out = String::from(concat!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 390\" font-family=\"sans-serif\" font-size=\"12\" ",
        "role=\"img\" aria-label=\"Attacks detected over false alarms a user-year, by threshold\">\n",
        "<rect width=\"700\" height=\"390\" fill=\"#fff\"/>\n",
    ));
    for percent in [40, 50, 60, 70, 80, 90, 100] {
        let y = 340 - (percent - 40) * 5;
        let _ = writeln!(
            out,
            "<path d=\"M60 {y}H660\" stroke=\"#ddd\"/><text x=\"52\" y=\"{}\" text-anchor=\"end\">{percent} %</text>",
            y + 4
        );
    }
    for alarms in 0..=6 {
        let x = 60 + alarms * 100;
        let _ = writeln!(out, "<text x=\"{x}\" y=\"358\" text-anchor=\"middle\">{alarms}</text>");
    }
    out.push_str("<text x=\"360\" y=\"380\" text-anchor=\"middle\">false alarms a user-year</text>\n");
    // The goals: over 95 %, under one a year.
    out.push_str("<path d=\"M60 40H160V65H60Z\" fill=\"#d9ead9\"/><text x=\"66\" y=\"57\">goal</text>\n");
    let line: Vec<String> = points.iter().map(|point| format!("{} {}", point.at().0, point.at().1)).collect();
    let _ = writeln!(out, "<path d=\"M{}\" fill=\"none\" stroke=\"#246\" stroke-width=\"2\"/>", line.join("L"));
    for point in points {
        let (x, y) = point.at();
        let (radius, fill) = if point.usual { (6, "#b30") } else { (3, "#246") };
        let words = if point.usual { ", in use" } else { "" };
        let _ = writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"/><text x=\"{}\" y=\"{}\">{}.{} bits{words}</text>",
            x + 8,
            y + 14,
            point.eighths / 8,
            point.eighths % 8 * 10 / 8,
        );
    }
    out.push_str("</svg>\n");
    out
}
