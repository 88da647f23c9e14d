use super::*;
use crate::source::Source;
