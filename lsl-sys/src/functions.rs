//! The C functions of liblsl: one list each of those every version has and of those newer ones do.

use std::ffi::{CStr, c_char};

use crate::abi::{
    lsl_channel_format_t, lsl_continuous_resolver, lsl_error_code_t_lsl_internal_error, lsl_inlet,
    lsl_outlet, lsl_streaminfo, lsl_transport_options_t, lsl_xml_ptr,
};
use crate::library::for_call;

/// What a C function answers when there is no library, in the manner of liblsl itself.
trait Unloaded {
    fn unloaded() -> Self;
}

impl Unloaded for () {
    fn unloaded() -> Self {}
}

impl Unloaded for i32 {
    fn unloaded() -> Self {
        lsl_error_code_t_lsl_internal_error
    }
}

impl Unloaded for u32 {
    fn unloaded() -> Self {
        0
    }
}

impl Unloaded for f64 {
    fn unloaded() -> Self {
        0.0
    }
}

impl<T> Unloaded for *mut T {
    fn unloaded() -> Self {
        std::ptr::null_mut()
    }
}

/// An empty text, as `lsl` panics at a null one.
impl Unloaded for *const c_char {
    fn unloaded() -> Self {
        const EMPTY: &CStr = c"";
        EMPTY.as_ptr()
    }
}

/// From each C declaration a field of [`Required`] and a public function that calls it. `reports`
/// names the argument through which a C function returns its error code.
macro_rules! required {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)? $(, reports $ec:ident)?;)*) => {
        /// The functions that `lsl` uses.
        #[derive(Debug)]
        pub(crate) struct Required {
            $(pub(crate) $name: unsafe extern "C" fn($($ty),*) $(-> $ret)?,)*
        }

        impl Required {
            /// Looks all up; the error is the name of the first that is not there.
            ///
            /// # Safety
            /// The functions of these names in `library` must have these signatures, and must not be
            /// called after it is closed.
            pub(crate) unsafe fn find(library: &libloading::Library) -> Result<Self, &'static str> {
                // SAFETY: the caller's promise.
                unsafe {
                    Ok(Self {$(
                        $name: match library.get(stringify!($name)) {
                            Ok(found) => *found,
                            Err(_) => return Err(stringify!($name)),
                        },
                    )*})
                }
            }
        }

        $(
            #[doc = concat!("`", stringify!($name), "` of liblsl's C interface.")]
            ///
            /// # Safety
            /// As in C: pointers must be valid for what the function does with them, texts must end
            /// in a zero, handles must come from liblsl and not have been destroyed.
            pub unsafe extern "C" fn $name($($arg: $ty),*) $(-> $ret)? {
                match for_call() {
                    // SAFETY: the caller's promise.
                    Some(library) => unsafe { (library.required.$name)($($arg),*) },
                    None => {
                        $(
                            // SAFETY: null or valid for writing, by the caller's promise.
                            if let Some(code) = unsafe { $ec.as_mut() } {
                                *code = lsl_error_code_t_lsl_internal_error;
                            }
                        )?
                        Unloaded::unloaded()
                    }
                }
            }
        )*
    };
}

/// From each C declaration a public field of [`Newer`].
macro_rules! newer {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        /// The functions that only newer versions have; `None` where this library does not.
        ///
        /// They are unsafe as in C, see the functions of this crate. A call through them is not
        /// counted as a use that makes
        /// [`set_config_content`](crate::Library::set_config_content) too late.
        #[derive(Debug)]
        pub struct Newer {
            $($(#[$doc])* pub $name: Option<unsafe extern "C" fn($($arg: $ty),*) $(-> $ret)?>,)*
        }

        impl Newer {
            /// Looks all up.
            ///
            /// # Safety
            /// As for [`Required::find`].
            pub(crate) unsafe fn find(library: &libloading::Library) -> Self {
                // SAFETY: the caller's promise.
                unsafe {
                    Self {$(
                        $name: library.get(stringify!($name)).ok().map(|found| *found),
                    )*}
                }
            }
        }
    };
}

newer! {
    /// What went wrong last on this thread.
    fn lsl_last_error() -> *const c_char;
    /// Names the configuration file, before the first use.
    fn lsl_set_config_filename(filename: *const c_char);
    /// Gives the configuration itself, before the first use.
    fn lsl_set_config_content(content: *const c_char);
    /// An inlet whose buffer is measured as the flags say.
    fn lsl_create_inlet_ex(
        info: lsl_streaminfo, max_buflen: i32, max_chunklen: i32, recover: i32,
        flags: lsl_transport_options_t
    ) -> lsl_inlet;
    /// An outlet whose buffer is measured as the flags say.
    fn lsl_create_outlet_ex(
        info: lsl_streaminfo, chunk_size: i32, max_buffered: i32, flags: lsl_transport_options_t
    ) -> lsl_outlet;
    /// Drops the samples that wait in an inlet and returns their number.
    fn lsl_inlet_flush(in_: lsl_inlet) -> u32;
    /// Gives a declaration a new unique id and returns it.
    fn lsl_reset_uid(info: lsl_streaminfo) -> *const c_char;
}

// Where the C type differs between platforms and `lsl` expects one Rust type, that one stands here:
// `i8` for `char` (unsigned on ARM), and `i64`, which liblsl has used for `long` since 1.14.
required! {
    fn lsl_protocol_version() -> i32;
    fn lsl_library_version() -> i32;
    fn lsl_library_info() -> *const c_char;
    fn lsl_local_clock() -> f64;
    fn lsl_resolve_all(buffer: *mut lsl_streaminfo, buffer_elements: u32, wait_time: f64) -> i32;
    fn lsl_resolve_byprop(
        buffer: *mut lsl_streaminfo,
        buffer_elements: u32,
        prop: *const c_char,
        value: *const c_char,
        minimum: i32,
        timeout: f64
    ) -> i32;
    fn lsl_resolve_bypred(
        buffer: *mut lsl_streaminfo,
        buffer_elements: u32,
        pred: *const c_char,
        minimum: i32,
        timeout: f64
    ) -> i32;
    fn lsl_destroy_string(s: *mut c_char);
    fn lsl_create_streaminfo(
        name: *const c_char,
        type_: *const c_char,
        channel_count: i32,
        nominal_srate: f64,
        channel_format: lsl_channel_format_t,
        source_id: *const c_char
    ) -> lsl_streaminfo;
    fn lsl_destroy_streaminfo(info: lsl_streaminfo);
    fn lsl_copy_streaminfo(info: lsl_streaminfo) -> lsl_streaminfo;
    fn lsl_get_name(info: lsl_streaminfo) -> *const c_char;
    fn lsl_get_type(info: lsl_streaminfo) -> *const c_char;
    fn lsl_get_channel_count(info: lsl_streaminfo) -> i32;
    fn lsl_get_nominal_srate(info: lsl_streaminfo) -> f64;
    fn lsl_get_channel_format(info: lsl_streaminfo) -> lsl_channel_format_t;
    fn lsl_get_source_id(info: lsl_streaminfo) -> *const c_char;
    fn lsl_get_version(info: lsl_streaminfo) -> i32;
    fn lsl_get_created_at(info: lsl_streaminfo) -> f64;
    fn lsl_get_uid(info: lsl_streaminfo) -> *const c_char;
    fn lsl_get_session_id(info: lsl_streaminfo) -> *const c_char;
    fn lsl_get_hostname(info: lsl_streaminfo) -> *const c_char;
    fn lsl_get_desc(info: lsl_streaminfo) -> lsl_xml_ptr;
    fn lsl_get_xml(info: lsl_streaminfo) -> *mut c_char;
    fn lsl_get_channel_bytes(info: lsl_streaminfo) -> i32;
    fn lsl_get_sample_bytes(info: lsl_streaminfo) -> i32;
    fn lsl_stream_info_matches_query(info: lsl_streaminfo, query: *const c_char) -> i32;
    fn lsl_streaminfo_from_xml(xml: *const c_char) -> lsl_streaminfo;
    fn lsl_create_outlet(info: lsl_streaminfo, chunk_size: i32, max_buffered: i32) -> lsl_outlet;
    fn lsl_destroy_outlet(out: lsl_outlet);
    fn lsl_push_sample_ftp(
        out: lsl_outlet, data: *const f32, timestamp: f64, pushthrough: i32
    ) -> i32;
    fn lsl_push_sample_dtp(
        out: lsl_outlet, data: *const f64, timestamp: f64, pushthrough: i32
    ) -> i32;
    fn lsl_push_sample_ltp(
        out: lsl_outlet, data: *const i64, timestamp: f64, pushthrough: i32
    ) -> i32;
    fn lsl_push_sample_itp(
        out: lsl_outlet, data: *const i32, timestamp: f64, pushthrough: i32
    ) -> i32;
    fn lsl_push_sample_stp(
        out: lsl_outlet, data: *const i16, timestamp: f64, pushthrough: i32
    ) -> i32;
    fn lsl_push_sample_ctp(
        out: lsl_outlet, data: *const i8, timestamp: f64, pushthrough: i32
    ) -> i32;
    fn lsl_push_sample_buftp(
        out: lsl_outlet,
        data: *mut *const c_char,
        lengths: *const u32,
        timestamp: f64,
        pushthrough: i32
    ) -> i32;
    fn lsl_have_consumers(out: lsl_outlet) -> i32;
    fn lsl_wait_for_consumers(out: lsl_outlet, timeout: f64) -> i32;
    fn lsl_get_info(out: lsl_outlet) -> lsl_streaminfo;
    fn lsl_create_inlet(
        info: lsl_streaminfo, max_buflen: i32, max_chunklen: i32, recover: i32
    ) -> lsl_inlet;
    fn lsl_destroy_inlet(in_: lsl_inlet);
    fn lsl_get_fullinfo(in_: lsl_inlet, timeout: f64, ec: *mut i32) -> lsl_streaminfo, reports ec;
    fn lsl_open_stream(in_: lsl_inlet, timeout: f64, ec: *mut i32), reports ec;
    fn lsl_close_stream(in_: lsl_inlet);
    fn lsl_time_correction(in_: lsl_inlet, timeout: f64, ec: *mut i32) -> f64, reports ec;
    fn lsl_time_correction_ex(
        in_: lsl_inlet, remote_time: *mut f64, uncertainty: *mut f64, timeout: f64, ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_set_postprocessing(in_: lsl_inlet, flags: u32) -> i32;
    fn lsl_pull_sample_f(
        in_: lsl_inlet, buffer: *mut f32, buffer_elements: i32, timeout: f64, ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_pull_sample_d(
        in_: lsl_inlet, buffer: *mut f64, buffer_elements: i32, timeout: f64, ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_pull_sample_l(
        in_: lsl_inlet, buffer: *mut i64, buffer_elements: i32, timeout: f64, ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_pull_sample_i(
        in_: lsl_inlet, buffer: *mut i32, buffer_elements: i32, timeout: f64, ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_pull_sample_s(
        in_: lsl_inlet, buffer: *mut i16, buffer_elements: i32, timeout: f64, ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_pull_sample_c(
        in_: lsl_inlet, buffer: *mut i8, buffer_elements: i32, timeout: f64, ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_pull_sample_buf(
        in_: lsl_inlet,
        buffer: *mut *mut c_char,
        buffer_lengths: *mut u32,
        buffer_elements: i32,
        timeout: f64,
        ec: *mut i32
    ) -> f64, reports ec;
    fn lsl_samples_available(in_: lsl_inlet) -> u32;
    fn lsl_was_clock_reset(in_: lsl_inlet) -> u32;
    fn lsl_smoothing_halftime(in_: lsl_inlet, value: f32) -> i32;
    fn lsl_first_child(e: lsl_xml_ptr) -> lsl_xml_ptr;
    fn lsl_last_child(e: lsl_xml_ptr) -> lsl_xml_ptr;
    fn lsl_next_sibling(e: lsl_xml_ptr) -> lsl_xml_ptr;
    fn lsl_previous_sibling(e: lsl_xml_ptr) -> lsl_xml_ptr;
    fn lsl_parent(e: lsl_xml_ptr) -> lsl_xml_ptr;
    fn lsl_child(e: lsl_xml_ptr, name: *const c_char) -> lsl_xml_ptr;
    fn lsl_next_sibling_n(e: lsl_xml_ptr, name: *const c_char) -> lsl_xml_ptr;
    fn lsl_previous_sibling_n(e: lsl_xml_ptr, name: *const c_char) -> lsl_xml_ptr;
    fn lsl_empty(e: lsl_xml_ptr) -> i32;
    fn lsl_is_text(e: lsl_xml_ptr) -> i32;
    fn lsl_name(e: lsl_xml_ptr) -> *const c_char;
    fn lsl_value(e: lsl_xml_ptr) -> *const c_char;
    fn lsl_child_value(e: lsl_xml_ptr) -> *const c_char;
    fn lsl_child_value_n(e: lsl_xml_ptr, name: *const c_char) -> *const c_char;
    fn lsl_append_child_value(
        e: lsl_xml_ptr, name: *const c_char, value: *const c_char
    ) -> lsl_xml_ptr;
    fn lsl_prepend_child_value(
        e: lsl_xml_ptr, name: *const c_char, value: *const c_char
    ) -> lsl_xml_ptr;
    fn lsl_set_child_value(e: lsl_xml_ptr, name: *const c_char, value: *const c_char) -> i32;
    fn lsl_set_name(e: lsl_xml_ptr, rhs: *const c_char) -> i32;
    fn lsl_set_value(e: lsl_xml_ptr, rhs: *const c_char) -> i32;
    fn lsl_append_child(e: lsl_xml_ptr, name: *const c_char) -> lsl_xml_ptr;
    fn lsl_prepend_child(e: lsl_xml_ptr, name: *const c_char) -> lsl_xml_ptr;
    fn lsl_append_copy(e: lsl_xml_ptr, e2: lsl_xml_ptr) -> lsl_xml_ptr;
    fn lsl_prepend_copy(e: lsl_xml_ptr, e2: lsl_xml_ptr) -> lsl_xml_ptr;
    fn lsl_remove_child_n(e: lsl_xml_ptr, name: *const c_char);
    fn lsl_remove_child(e: lsl_xml_ptr, e2: lsl_xml_ptr);
    fn lsl_create_continuous_resolver(forget_after: f64) -> lsl_continuous_resolver;
    fn lsl_create_continuous_resolver_byprop(
        prop: *const c_char, value: *const c_char, forget_after: f64
    ) -> lsl_continuous_resolver;
    fn lsl_create_continuous_resolver_bypred(
        pred: *const c_char, forget_after: f64
    ) -> lsl_continuous_resolver;
    fn lsl_resolver_results(
        res: lsl_continuous_resolver, buffer: *mut lsl_streaminfo, buffer_elements: u32
    ) -> i32;
    fn lsl_destroy_continuous_resolver(res: lsl_continuous_resolver);
}
