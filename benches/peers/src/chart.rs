//! Curves as SVG.

use std::path::Path;

use plotters::prelude::*;

use crate::Failure;

/// Colors that can be told apart without seeing red or green.
const COLORS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(90, 90, 90)];

pub struct Curve {
    pub label: String,
    pub points: Vec<(f64, f64)>,
}

pub struct Chart {
    pub title: &'static str,
    pub argument: &'static str,
    pub value: &'static str,
    pub curves: Vec<Curve>,
}

impl Chart {
    /// Arguments grow by factors, values from zero.
    pub fn draw(&self, path: &Path) -> Result<(), Failure> {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let first = points().map(|point| point.0).fold(f64::INFINITY, f64::min);
        let last = points().map(|point| point.0).fold(first, f64::max);
        let top = points().map(|point| point.1).fold(0.0, f64::max) * 1.15;
        let ticks: Vec<f64> = self.curves[0].points.iter().map(|point| point.0).collect();
        let area = SVGBackend::new(path, (720, 360)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(56)
            .build_cartesian_2d(
                (first * 0.9..last * 1.1).log_scale().with_key_points(ticks),
                0.0..top.max(1.0),
            )?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(self.argument)
            .y_desc(self.value)
            .x_label_formatter(&|at| grouped(*at))
            .label_style(("sans-serif", 13))
            .draw()?;
        for (curve, color) in self.curves.iter().zip(COLORS.iter().cycle()) {
            chart
                .draw_series(LineSeries::new(curve.points.iter().copied(), color.stroke_width(2)))?
                .label(&curve.label)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2))
                });
            let dots = curve.points.iter().map(|&point| Circle::new(point, 3, color.filled()));
            chart.draw_series(dots)?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.9))
            .label_font(("sans-serif", 13))
            .draw()?;
        Ok(area.present()?)
    }
}

/// A whole number with its thousands apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
