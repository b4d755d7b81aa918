//! Starts pairpanel.

fn main() {}
