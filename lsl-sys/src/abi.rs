//! The types and constants of liblsl's C interface, under the names bindgen gave them.

#![allow(
    non_camel_case_types,
    non_upper_case_globals,
    reason = "`lsl` uses the C names"
)]

use std::ffi::{c_int, c_uint};

macro_rules! handles {
    ($($(#[$doc:meta])* $handle:ident = $object:ident;)*) => {$(
        #[doc = concat!("What [`", stringify!($handle), "`] points to; only liblsl knows its fields.")]
        #[repr(C)]
        #[derive(Debug, Copy, Clone)]
        pub struct $object {
            _unused: [u8; 0],
        }

        $(#[$doc])*
        pub type $handle = *mut $object;
    )*};
}

handles! {
    /// The declaration of a stream.
    lsl_streaminfo = lsl_streaminfo_struct_;
    /// The sending end of a stream.
    lsl_outlet = lsl_outlet_struct_;
    /// The receiving end of a stream.
    lsl_inlet = lsl_inlet_struct_;
    /// An element of a stream's description; liblsl owns it.
    lsl_xml_ptr = lsl_xml_ptr_struct_;
    /// A search for streams that goes on in the background.
    lsl_continuous_resolver = lsl_continuous_resolver_;
}

/// The format of a stream's values.
pub type lsl_channel_format_t = c_uint;
/// A format this liblsl does not know.
pub const lsl_channel_format_t_cft_undefined: lsl_channel_format_t = 0;
/// 32-bit floating point.
pub const lsl_channel_format_t_cft_float32: lsl_channel_format_t = 1;
/// 64-bit floating point.
pub const lsl_channel_format_t_cft_double64: lsl_channel_format_t = 2;
/// Texts or binary blobs of any length.
pub const lsl_channel_format_t_cft_string: lsl_channel_format_t = 3;
/// 32-bit integers.
pub const lsl_channel_format_t_cft_int32: lsl_channel_format_t = 4;
/// 16-bit integers.
pub const lsl_channel_format_t_cft_int16: lsl_channel_format_t = 5;
/// 8-bit integers.
pub const lsl_channel_format_t_cft_int8: lsl_channel_format_t = 6;
/// 64-bit integers.
pub const lsl_channel_format_t_cft_int64: lsl_channel_format_t = 7;

/// What went wrong in a C function.
pub type lsl_error_code_t = c_int;
/// Nothing did.
pub const lsl_error_code_t_lsl_no_error: lsl_error_code_t = 0;
/// The time was up.
pub const lsl_error_code_t_lsl_timeout_error: lsl_error_code_t = -1;
/// The stream is gone.
pub const lsl_error_code_t_lsl_lost_error: lsl_error_code_t = -2;
/// An argument was wrong, such as a length or a format.
pub const lsl_error_code_t_lsl_argument_error: lsl_error_code_t = -3;
/// Anything else; also every function's answer when no liblsl could be loaded.
pub const lsl_error_code_t_lsl_internal_error: lsl_error_code_t = -4;

/// Flags of [`Newer::lsl_create_inlet_ex`](crate::Newer::lsl_create_inlet_ex) and its outlet
/// sibling, or-ed together.
pub type lsl_transport_options_t = c_uint;
/// The buffer's length is in seconds.
pub const lsl_transport_options_t_transp_default: lsl_transport_options_t = 0;
/// The buffer's length is in samples.
pub const lsl_transport_options_t_transp_bufsize_samples: lsl_transport_options_t = 1;
/// The buffer's length is in thousandths of its unit.
pub const lsl_transport_options_t_transp_bufsize_thousandths: lsl_transport_options_t = 2;
