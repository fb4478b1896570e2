//! The hash of lineage: the same number on every machine and in every version, for what it makes is kept in databases.
//!
//! Not for defence against chosen inputs: whoever wants two texts to collide can have that.

/// SplitMix64's finaliser (Steele, Lea and Flood, 2014): every bit of the result depends on every bit of `value`.
pub(super) fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The hash of `first` followed by `second`.
pub(super) fn join(first: u64, second: u64) -> u64 {
    mix(first.rotate_left(23) ^ mix(second))
}

/// The hash of `bytes`, eight at a time.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let whole = chunks.iter().fold(bytes.len() as u64, |hash, chunk| {
        join(hash, u64::from_le_bytes(*chunk))
    });
    join(whole, u64::from_le_bytes(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_never_change() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(hash(b""), 12_035_550_249_420_947_055);
        assert_eq!(hash(b"interest rate"), 5_037_800_260_105_004_877);
    }

    #[test]
    fn order_and_length_count() {
        assert_ne!(join(1, 2), join(2, 1));
        assert_ne!(hash(b"a"), hash(b"a\0"));
    }
}
