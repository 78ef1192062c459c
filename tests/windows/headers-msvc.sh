#!/bin/sh
# SPDX-License-Identifier: MIT
#
# headers-msvc.sh SOURCES WORKDIR: the public headers in Microsoft's dialect: clang for their
# target, where no __GNUC__ is defined, with GNU's extensions refused and a C and C++ library of
# a few declarations (msvc/), because theirs is not here. And with mingw's gcc without a
# warning. Exit 77 where neither compiler is.

set -eu

sources=$1 work=$2
here=$sources/tests/windows/msvc
public="isthmus.h interop.h query.h cuda.h"
tried=0

mkdir -p "$work"
cd "$work"
for name in cstdint initializer_list stdexcept string utility vector; do
    echo '#include <library.hpp>' >"$name"
done

msvc() { # WHAT MODE FLAG... FILE
    clang --target=x86_64-pc-windows-msvc -fms-compatibility -fms-compatibility-version=19.30 \
        -ffreestanding -fsyntax-only -Wall -Wextra -Wpedantic -Wgnu -Werror \
        -Werror=unknown-attributes -I"$work" -I"$here" -I"$sources/include" "$@"
}

if command -v clang >/dev/null; then
    tried=1
    if printf '#ifdef __GNUC__\n#error\n#endif\nextern int x;\n' | msvc -x c - 2>/dev/null; then
        for header in $public; do
            echo "#include <isthmus/$header>" >one.c
            msvc -std=c11 one.c
            msvc -std=c++17 -fcxx-exceptions -x c++ one.c
        done
        msvc -std=c++17 -fcxx-exceptions "$here/user.cpp"
        # The test can fail: what it is against is refused.
        echo 'int f(void) { return __extension__({ 1; }); }' >one.c
        echo '__attribute__((visibility("default"))) int g(void); int x = 1 ?: 2;' >>one.c
        if msvc -std=c11 one.c 2>/dev/null; then
            echo "GNU's extensions are not refused"
            exit 1
        fi
        echo "Microsoft's dialect: $public isthmus.hpp"
    else
        echo "clang has no target of Microsoft's"
    fi
fi
if command -v x86_64-w64-mingw32-gcc >/dev/null; then
    tried=1
    for header in $public; do
        echo "#include <isthmus/$header>" >one.c
        x86_64-w64-mingw32-gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
            -I"$sources/include" one.c
    done
    echo "mingw: $public"
fi
[ "$tried" = 1 ] || { echo "skipped: neither clang nor mingw"; exit 77; }
