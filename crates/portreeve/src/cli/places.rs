//! Places: where the data directory is when nobody says.

use super::{Common, End};
use std::path::PathBuf;

/// The one asked for, or the platform's own.
pub(crate) fn data(common: &Common) -> Result<PathBuf, End> {
    data_or(common, None)
}

/// The command line comes before a configuration file, which comes before the platform.
pub(crate) fn data_or(common: &Common, configured: Option<PathBuf>) -> Result<PathBuf, End> {
    let asked = common.data.clone().or(configured);
    let found = asked.or_else(|| by_platform(|name| std::env::var_os(name).map(PathBuf::from)));
    found.ok_or_else(|| End::Usage("no home directory is known: say --data DIR".to_owned()))
}

fn by_platform(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    if cfg!(target_os = "macos") {
        return absolute("HOME").map(|home| home.join("Library/Application Support/portreeve"));
    }
    let own = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    own.map(|own| own.join("portreeve"))
}

#[cfg(test)]
#[cfg(not(target_os = "macos"))]
mod tests {
    use super::*;

    #[test]
    fn it_is_below_the_home_directory_unless_the_system_says_otherwise() {
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/home/maya"));
        assert_eq!(by_platform(home), Some(PathBuf::from("/home/maya/.local/share/portreeve")));
        let both = |name: &str| Some(PathBuf::from(if name == "HOME" { "/home/maya" } else { "/data" }));
        assert_eq!(by_platform(both), Some(PathBuf::from("/data/portreeve")));
        assert_eq!(by_platform(|_| Some(PathBuf::from("relative"))), None);
        assert_eq!(by_platform(|_| None), None);
    }
}
