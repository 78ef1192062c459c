/* SPDX-License-Identifier: MIT */
/* What the generated program is made of, besides the lists that are generated. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SIZE(type) \
    printf("size %s %u %u\n", #type, (unsigned)sizeof(type), (unsigned)_Alignof(type))
#define FIELD(type, name) \
    printf("field %s %s %u\n", #type, #name, (unsigned)offsetof(type, name))
#define VALUE(name) printf("value %s %u\n", #name, (unsigned)(uintptr_t)(name))
#define ABSENT(name) printf("absent %s\n", #name)

/* If the generator stops finding things, the comparison must not pass for lack of lines. */
#define COUNT(records, tables) failed = (records) < 300 || (tables) < 100

static int failed;
static void print_layout(void);
static void print_constants(void);

/* The scalar types; a sign counts as part of the size. */
static void print_scalars(void)
{
#define SCALAR(type)                                                                      \
    printf("size %s %u %u\n", #type, (unsigned)sizeof(type) + 100 * ((type)-1 < (type)1), \
           (unsigned)_Alignof(type))
    SCALAR(BYTE);
    SCALAR(BOOLEAN);
    SCALAR(WORD);
    SCALAR(SHORT);
    SCALAR(INT);
    SCALAR(UINT);
    SCALAR(LONG);
    SCALAR(ULONG);
    SCALAR(DWORD);
    SCALAR(BOOL);
    SCALAR(HRESULT);
    SCALAR(NTSTATUS);
    SCALAR(FLOAT);
    SCALAR(INT8);
    SCALAR(UINT8);
    SCALAR(INT64);
    SCALAR(UINT64);
    SCALAR(LONGLONG);
    SCALAR(ULONGLONG);
    SCALAR(DWORD64);
    SCALAR(SIZE_T);
    SCALAR(INT_PTR);
    SCALAR(LONG_PTR);
    SCALAR(UINT_PTR);
    SCALAR(ULONG_PTR);
    SCALAR(DWORD_PTR);
    SIZE(HANDLE);
    SIZE(HWND);
    SIZE(HMODULE);
    SIZE(GUID);
    printf("size WCHAR %u %u\n", (unsigned)sizeof(WCHAR), (unsigned)_Alignof(WCHAR));
}

int main(void)
{
    print_scalars();
    print_constants();
    print_layout();
    return failed;
}
