//! Numbers and texts in as few bytes as they take: seven bits of a number a byte, the lowest first, and the eighth says
//! that there are more (LEB128).

/// Writes one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// A number.
    pub fn number(&mut self, mut number: u64) {
        loop {
            let low = u8::try_from(number & 0x7F).unwrap_or_default();
            number >>= 7;
            if number == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }

    /// A count.
    pub fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// A number that may be below zero: small ones take little on both sides of it.
    pub fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    /// A text, with its length before it.
    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    /// All that was written.
    pub fn bytes(self) -> Box<[u8]> {
        self.0.into()
    }
}

/// Reads them in the same order; `None` where there is nothing more of that kind.
#[derive(Debug)]
pub(super) struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    /// A number.
    pub fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(first & 0x7F).checked_shl(shift)?;
            if first & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    /// A count.
    pub fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// A number that may be below zero.
    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A text.
    pub fn text(&mut self) -> Option<&'b str> {
        let length = self.count()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_comes_back_as_it_was(number: u64, signed: i64, text: String) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(signed);
            writer.text(&text);
            let bytes = writer.bytes();
            let mut reader = Reader(&bytes);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.text(), Some(text.as_str()));
            prop_assert_eq!(reader.number(), None);
        }

        #[test]
        fn anything_can_be_read(bytes: Vec<u8>) {
            let mut reader = Reader(&bytes);
            while reader.number().is_some() && reader.text().is_some() {}
        }
    }

    #[test]
    fn small_numbers_take_a_byte() {
        for (number, length) in [(0, 1), (-1, 1), (63, 1), (-64, 1), (64, 2), (i64::MIN, 10)] {
            let mut writer = Writer::default();
            writer.signed(number);
            assert_eq!(writer.bytes().len(), length, "{number}");
        }
    }
}
