//! The packs that are built in: named lists of rules, one file each in `config/packs`.

/// A pack, as it is written.
#[derive(Debug)]
pub struct Pack {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its text, TOML.
    pub text: &'static str,
}

/// Every pack there is.
pub const PACKS: &[Pack] =
    &[Pack { name: "substack", text: include_str!("../../config/packs/substack.toml") }];

/// The pack of this name.
pub fn find(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|pack| pack.name == name)
}
