//! Drawn figures, as SVG from the server: whole numbers in, whole coordinates out.

mod bars;
mod meter;
mod strip;

pub(crate) use bars::bars;
pub(crate) use meter::meter;
pub(crate) use strip::strip;

/// `value` of `most`, on a scale of `size`; anything above nothing can be seen.
fn scaled(value: u64, most: u64, size: u64) -> u64 {
    if value == 0 || most == 0 {
        return 0;
    }
    (u128::from(value.min(most)) * u128::from(size) / u128::from(most)).try_into().unwrap_or(size).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_keeps_within_its_scale_and_never_vanishes() {
        assert_eq!(scaled(0, 10, 40), 0);
        assert_eq!(scaled(1, 1_000_000, 40), 1);
        assert_eq!(scaled(5, 10, 40), 20);
        assert_eq!(scaled(20, 10, 40), 40);
        assert_eq!(scaled(u64::MAX, u64::MAX, u64::MAX), u64::MAX);
        assert_eq!(scaled(3, 0, 40), 0);
    }
}
