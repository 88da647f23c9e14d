//! The whole numbers that a search counts in.

use std::fmt::Debug;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;

/// Whole numbers: 128 bits where a problem is proved to fit them, else of any length.
pub trait Number:
    Clone + Debug + Ord + Signed + Integer + TryFrom<BigInt> + Into<BigInt> + Send + Sync
{
}

impl Number for i128 {}
impl Number for BigInt {}

/// The largest multiple of a stride that is not above a number.
pub(super) fn down_to<N: Number>(number: &N, stride: &N) -> N {
    number.clone() - number.mod_floor(stride)
}

/// The smallest multiple of a stride that is not below a number.
pub(super) fn up_to<N: Number>(number: &N, stride: &N) -> N {
    -down_to(&-number.clone(), stride)
}

/// The multiple of a stride that is nearest to a number; of two, the smaller one.
pub(super) fn nearest<N: Number>(number: &N, stride: &N) -> N {
    let below = down_to(number, stride);
    let rest = number.clone() - below.clone();
    if rest.clone() + rest > *stride { below + stride.clone() } else { below }
}
