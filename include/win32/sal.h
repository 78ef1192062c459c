/* SPDX-License-Identifier: MIT */
/**
 * Microsoft's annotations of parameters, as nothing: they inform Microsoft's checkers and have
 * no meaning for the code. Only the words that callers of Direct3D use in their own sources are
 * here; the lower-case forms with two underscores are not, because libstdc++ uses some of them
 * as names.
 */
#ifndef ISTHMUS_WIN32_SAL_H
#define ISTHMUS_WIN32_SAL_H

/* Plain directions. */
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_opt_result_maybenull_
#define _Inout_
#define _Inout_opt_
#define _Inout_z_
#define _COM_Outptr_
#define _COM_Outptr_opt_
#define _COM_Outptr_result_maybenull_
#define _COM_Outptr_opt_result_maybenull_
#define _Reserved_
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Check_return_
#define _Must_inspect_result_
#define _Use_decl_annotations_
#define _Null_terminated_
#define _Pre_
#define _Post_
#define _Notnull_
#define _Maybenull_

/* Directions with a size. */
#define _In_reads_(size)
#define _In_reads_opt_(size)
#define _In_reads_bytes_(size)
#define _In_reads_bytes_opt_(size)
#define _In_range_(low, high)
#define _Out_writes_(size)
#define _Out_writes_opt_(size)
#define _Out_writes_bytes_(size)
#define _Out_writes_bytes_opt_(size)
#define _Out_writes_all_(size)
#define _Out_writes_to_(size, count)
#define _Out_writes_z_(size)
#define _Inout_updates_(size)
#define _Inout_updates_opt_(size)
#define _Inout_updates_bytes_(size)
#define _Field_size_(size)
#define _Field_size_opt_(size)
#define _Field_size_full_opt_(size)
#define _Field_range_(low, high)
#define _Return_type_success_(condition)
#define _Success_(condition)
#define _When_(condition, annotation)
#define _Analysis_assume_(condition)
#define _Printf_format_string_

#endif
