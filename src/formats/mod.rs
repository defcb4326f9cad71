//! A folder a format; none knows another.

pub mod glb;
