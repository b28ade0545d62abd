//! The style sheet, scripts and icon: built in, and named by their content so that they can be cached for ever.

use std::sync::LazyLock;

const STYLE: &[u8] = concat!(include_str!("../style/tokens.css"), include_str!("../style/portal.css")).as_bytes();
const PASSKEY: &[u8] = include_bytes!("../script/passkey.js");
const LIVE: &[u8] = include_bytes!("../script/live.js");
const ICON: &[u8] = include_bytes!("../style/icon.svg");

const PHONE_STYLE: &[u8] = include_bytes!("../style/phone.css");
const PHONE: &[u8] = concat!(include_str!("../script/phone.js"), include_str!("../script/push.js")).as_bytes();
const TOUCH: &[u8] = include_bytes!("../style/icon-180.png");
const SMALL: &[u8] = include_bytes!("../style/icon-192.png");
const LARGE: &[u8] = include_bytes!("../style/icon-512.png");

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

/// One file, under the path at which it is served.
#[derive(Clone, Debug)]
pub struct Asset {
    /// `/assets/NAME-HASH.ext`; another content has another path.
    pub path: String,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
}

#[derive(Debug)]
struct Assets {
    all: [Asset; 4],
    /// Only pages of the app on a phone ask for these.
    phone: [Asset; 5],
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    all: [
        asset("portal", "css", CSS, STYLE),
        asset("passkey", "js", SCRIPT, PASSKEY),
        asset("live", "js", SCRIPT, LIVE),
        asset("icon", "svg", SVG, ICON),
    ],
    phone: [
        asset("phone", "css", CSS, PHONE_STYLE),
        asset("phone", "js", SCRIPT, PHONE),
        asset("icon-180", "png", PNG, TOUCH),
        asset("icon-192", "png", PNG, SMALL),
        asset("icon-512", "png", PNG, LARGE),
    ],
});

fn asset(name: &str, extension: &str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { path: format!("/assets/{name}-{:016x}.{extension}", fingerprint(bytes)), content_type, bytes }
}

/// FNV-1a: tells one build's files from another's; nothing is trusted because of it.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What pages of the portal are made with.
pub fn all() -> &'static [Asset] {
    &ASSETS.all
}

/// What those of the app on a phone need besides.
pub fn phone() -> &'static [Asset] {
    &ASSETS.phone
}

/// The file served at this path; a name with another hash is not found.
pub fn find(path: &str) -> Option<&'static Asset> {
    all().iter().chain(phone()).find(|asset| asset.path == path)
}

pub(crate) fn style() -> &'static str {
    let [style, _, _, _] = &ASSETS.all;
    &style.path
}

pub(crate) fn passkey() -> &'static str {
    let [_, passkey, _, _] = &ASSETS.all;
    &passkey.path
}

pub(crate) fn live() -> &'static str {
    let [_, _, live, _] = &ASSETS.all;
    &live.path
}

pub(crate) fn icon() -> &'static str {
    let [_, _, _, icon] = &ASSETS.all;
    &icon.path
}

pub(crate) fn phone_style() -> &'static str {
    let [style, _, _, _, _] = &ASSETS.phone;
    &style.path
}

pub(crate) fn phone_script() -> &'static str {
    let [_, script, _, _, _] = &ASSETS.phone;
    &script.path
}

/// For iOS, which takes it from the page.
pub(crate) fn phone_icon() -> &'static str {
    let [_, _, touch, _, _] = &ASSETS.phone;
    &touch.path
}

/// Of 192 and of 512 pixels.
pub(crate) fn phone_icons() -> [&'static str; 2] {
    let [_, _, _, small, large] = &ASSETS.phone;
    [&small.path, &large.path]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_under_its_own_path_and_under_no_other() {
        for asset in all().iter().chain(phone()) {
            assert_eq!(find(&asset.path).map(|found| found.bytes), Some(asset.bytes), "{}", asset.path);
            assert!(!asset.bytes.is_empty(), "{}", asset.path);
        }
        assert!(find("/assets/portal-0000000000000000.css").is_none());
        assert!(find("/assets/../style/tokens.css").is_none());
    }

    #[test]
    fn another_content_has_another_name() {
        assert_ne!(asset("a", "js", SCRIPT, b"one").path, asset("a", "js", SCRIPT, b"two").path);
    }
}
