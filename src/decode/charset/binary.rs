//! What is plainly no text.

/// The first bytes of what is served in place of feeds by mistake, and what that is.
const MAGIC: [(&[u8], &str); 14] = [
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"RIFF", "an image, a sound or a film"),
    (b"ID3", "a sound"),
    (b"%PDF-", "a PDF file"),
    (b"\x7fELF", "a program"),
];

/// What a body is that begins like something else than text.
pub(super) fn magic(body: &[u8]) -> Option<&'static str> {
    MAGIC.iter().find(|(magic, _)| body.starts_with(magic)).map(|(_, kind)| *kind)
}

/// Whether more than one byte of sixteen is a control character that is in no text.
pub(super) fn has_controls_all_over(body: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    let controls = body.iter().filter(is_control).count();
    controls.saturating_mul(16) > body.len()
}
