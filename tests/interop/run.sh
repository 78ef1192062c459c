#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh WHAT MAJOR: one interop test for the stand-in libcudart.so.MAJOR.
#   headers  our declarations agree with NVIDIA's: sizes, places, values, prototypes
#   exports  the stand-in exports nothing that NVIDIA's runtime does not
#   c, cpp   a program compiled with NVIDIA's headers runs with the stand-in
#   nvcc     so does one with kernels, whose launches are refused by name
# From the environment: CC CXX NVCC, NVIDIA (folder with include/ and lib/), ISTHMUS (the source
# tree), BUILD_LIB (build/lib), D3D (Direct3D headers), SANITIZE, WORK (a folder to build in).

set -eu

what=$1 major=$2
here=$(cd "$(dirname "$0")" && pwd)
own="$ISTHMUS/include/cuda"
include="$NVIDIA/include"

skip() {
    echo "skipped: $1"
    exit 77
}

need_headers() {
    grep -qs "^#define CUDART_VERSION *$major" "$include/cuda_runtime_api.h" ||
        skip "no headers of CUDA $major here (scripts/fetch-cuda)"
}

# NVIDIA's runtime, which stands at link time for what users have; ours where there is none.
find_runtime() {
    for runtime in "$NVIDIA/lib/libcudart.so.$major" "$NVIDIA/lib64/libcudart.so.$major" \
        "$BUILD_LIB/isthmus/libcudart.so.$major"; do
        [ ! -e "$runtime" ] || return 0
    done
}

sanitize=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}

# Runs a program with the stand-in, as `isthmus run` does, and shows which runtime it got.
run_with_standin() {
    LD_LIBRARY_PATH="$BUILD_LIB/isthmus:$BUILD_LIB" ldd "$1" | grep libcudart
    LD_LIBRARY_PATH="$BUILD_LIB/isthmus:$BUILD_LIB" ISTHMUS_LOG=warn "$@" 2>log || {
        status=$?
        cat log
        echo "$1 ended with $status"
        exit 1
    }
}

compare_headers() {
    need_headers
    for header in cuda_runtime_api.h cuda.h; do
        # Version 12 of the driver's header lacks names that ours takes from 13; its structs are
        # the same, and the runtime's are what has two ABIs.
        [ "$major$header" != 12cuda.h ] || continue
        echo "#include <$header>" |
            "$CC" -E -P -DISTHMUS_CUDART_MAJOR="$major" -I "$own" - |
            awk -v name="$header" -f "$here/declared.awk" >declared.c
        "$CC" -DISTHMUS_CUDART_MAJOR="$major" -I "$own" declared.c -o declared-own
        mkdir -p types
        cp "$own/isthmus_cuda_types.h" types/
        "$CC" -I types -isystem "$include" declared.c -o declared-nvidia
        # Newer releases put members where words were reserved, and count more.
        ./declared-own | grep -v '\.reserved \|Max [0-9]' >own.txt
        ./declared-nvidia | grep -v '\.reserved \|Max [0-9]' >nvidia.txt
        [ "$(wc -l <own.txt)" -gt 150 ] || { echo "$header: found too little"; exit 1; }
        diff own.txt nvidia.txt
        echo "$header: $(wc -l <own.txt) sizes, places and values agree"
    done
}

names() {
    nm -D --defined-only --without-symbol-versions "$1" | awk '$2 != "A" { print $3 }' | sort -u
}

compare_exports() {
    command -v nm >/dev/null || skip "no nm (package binutils)"
    find_runtime
    [ "$runtime" != "$BUILD_LIB/isthmus/libcudart.so.$major" ] ||
        skip "no runtime of CUDA $major here (scripts/fetch-cuda)"
    names "$BUILD_LIB/isthmus/libcudart.so.$major" >own.txt
    names "$runtime" >nvidia.txt
    extra=$(comm -23 own.txt nvidia.txt)
    [ -z "$extra" ] || { echo "not in NVIDIA's runtime: $extra"; exit 1; }
    unversioned=$(nm -D --defined-only --with-symbol-versions \
        "$BUILD_LIB/isthmus/libcudart.so.$major" | grep -v "@libcudart.so.$major\| A ") || true
    [ -z "$unversioned" ] || { echo "without the version node: $unversioned"; exit 1; }
    echo "$(wc -l <own.txt) of $(wc -l <nvidia.txt) names"
}

run_c() {
    need_headers
    find_runtime
    # shellcheck disable=SC2086 # several words on purpose
    "$CC" -std=gnu11 -D_GNU_SOURCE -g -Wall -Werror $sanitize \
        -include "$own/isthmus_cuda_types.h" -isystem "$include" \
        -isystem "$ISTHMUS/include/win32" -isystem "$D3D" "$here/program.c" \
        -o program "$runtime" -L "$BUILD_LIB" -listhmus-d3d11 \
        -Wl,-rpath-link,"$BUILD_LIB:$BUILD_LIB/isthmus" -lpthread
    run_with_standin ./program
}

run_cpp() {
    need_headers
    find_runtime
    # shellcheck disable=SC2086
    "$CXX" -std=c++17 -g -Wall -Werror $sanitize -DCUDA_API_PER_THREAD_DEFAULT_STREAM \
        -isystem "$include" "$here/program.cpp" -o program "$runtime" \
        -Wl,-rpath-link,"$BUILD_LIB:$BUILD_LIB/isthmus"
    run_with_standin ./program
}

run_nvcc() {
    [ -x "$NVCC" ] || skip "no nvcc"
    "$NVCC" --version | grep -q "release $major\." || skip "nvcc is not of CUDA $major"
    # Inner quotes: nvcc would divide the sanitizers' list at its comma.
    "$NVCC" -cudart shared -g ${SANITIZE:+-Xcompiler "\"-fsanitize=$SANITIZE\""} \
        "$here/kernel.cu" -o kernel
    run_with_standin ./kernel
    grep -q 'add_one' log || { cat log; echo "the log does not name the kernel"; exit 1; }
    grep 'add_one' log
    # The example with a kernel of its own needs a GPU to run; here it is built.
    example=$(echo "$ISTHMUS"/examples/*.cu)
    "$NVCC" -std=c++17 -cudart shared -I "$ISTHMUS/include" -I "$ISTHMUS/include/win32" \
        -I "$D3D" "$example" -o surface -L "$BUILD_LIB" -listhmus-cuda"$major" \
        -listhmus-d3d11 -listhmus
}

mkdir -p "$WORK"
cd "$WORK"
case $what in
headers) compare_headers ;;
exports) compare_exports ;;
c) run_c ;;
cpp) run_cpp ;;
nvcc) run_nvcc ;;
*) sed -n '4,11p' "$0"; exit 2 ;;
esac
