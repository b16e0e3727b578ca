//! Captures: what is recorded, saved and opened again is the same session, and
//! what damages a file costs no more than what stands behind the damage.

#[cfg(unix)]
mod copies;
mod damage;
pub mod foreign;
mod gallery;
#[cfg(unix)]
mod notes;
#[cfg(unix)]
mod recording;
mod replay;
pub mod rig;
pub mod round_trip;
mod statistics;
mod strangers;
#[cfg(unix)]
mod unsaved;
