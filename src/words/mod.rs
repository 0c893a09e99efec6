//! Words for what the model says, where rules, reports and renderers need the same ones.

pub mod reading;
