//! Masking (RFC 6455 §5.3): payload octet *i* XOR masking-key octet *i* mod 4.

/// Four octets that a client chooses anew for each frame.
pub type MaskingKey = [u8; 4];

/// XORs `octets` with `key`; masking and unmasking are the same operation.
/// `offset` is the position of `octets[0]` in the frame's payload.
pub fn apply(key: MaskingKey, offset: u64, octets: &mut [u8]) {
    let key = u32::from_be_bytes(key).rotate_left(8 * (offset % 4) as u32).to_be_bytes();
    let [a, b, c, d] = key;
    let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = octets.as_chunks_mut::<8>();
    for chunk in words {
        *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (octet, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *octet ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_as_the_definition_says_at_every_offset_and_length() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for offset in 0..9u64 {
            for len in 0..40usize {
                let plain: Vec<u8> = (0..len as u8).collect();
                let mut masked = plain.clone();
                apply(key, offset, &mut masked);
                for (i, octet) in masked.iter().enumerate() {
                    assert_eq!(*octet, plain[i] ^ key[(offset as usize + i) % 4]);
                }
                apply(key, offset, &mut masked);
                assert_eq!(masked, plain);
            }
        }
    }
}
