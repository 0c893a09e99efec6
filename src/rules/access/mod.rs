//! What the rules about access ask in common: who holds which role where, and what power that gives.

pub(in crate::rules) mod audit;
pub(in crate::rules) mod bindings;
pub(in crate::rules) mod broad;
pub(in crate::rules) mod powers;
