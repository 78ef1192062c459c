# SPDX-License-Identifier: MIT
#
# Reads our shim headers and writes lines that print the value of each constant in them, so that
# a mistyped error code is found. A constant that the other side lacks is printed as absent.

/^#define [A-Z_][A-Z0-9_]+ +[^ ]/ {
    if ($2 ~ /^(STDMETHOD|WIN|_|DECLSPEC|CONST|VOID|TRUE|FALSE|TEXT|HRESULT_|INVALID_HANDLE)/)
        next
    if ($2 !~ /^(E|S|ERROR|NO_?ERROR|DXGI|D3D11|CLASS|REGDB|CO|RPC|STATUS|WAIT|SEVERITY|FACILITY|GENERIC|STANDARD|SPECIFIC|DELETE|READ|WRITE|SYNCHRONIZE|MAXIMUM|MAX|EVENT|CREATE_EVENT|INFINITE|HANDLE|DUPLICATE|PROCESS)(_|$)/)
        next
    if ($2 ~ /^FACILITY_NT_BIT$/)
        next
    printf "#ifdef %s\n    VALUE(%s);\n#else\n    ABSENT(%s);\n#endif\n", $2, $2, $2
}
