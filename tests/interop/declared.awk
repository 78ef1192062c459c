# SPDX-License-Identifier: MIT
# Reads our CUDA headers as the preprocessor leaves them (gcc -E -P) and writes a C program that
# prints the size of every struct, the place of every member and the value of every enumerator,
# and declares every function again. Compiled with NVIDIA's headers it must compile, and print
# what it prints with ours. -v name=HEADER names the header that the program includes.

{ text = text " " $0 }

function trim(s) { gsub(/^ +| +$/, "", s); return s }

# "int a[2], b": the last word of each part is the member.
function members(tag, decl, part, n, i) {
    gsub(/\[[^]]*\]/, "", decl)
    n = split(decl, part, ",")
    for (i = 1; i <= n; i++) {
        sub(/.*[ *]/, "", part[i])
        if (trim(part[i]) != "")
            body = body "    printf(\"" tag "." part[i] " %zu\\n\", " \
                "offsetof(" tag ", " part[i] "));\n"
    }
}

function enumerators(list, part, n, i) {
    n = split(list, part, ",")
    for (i = 1; i <= n; i++) {
        sub(/=.*/, "", part[i])
        part[i] = trim(part[i])
        if (part[i] != "")
            body = body "    printf(\"" part[i] " %lld\\n\", (long long)" part[i] ");\n"
    }
}

END {
    gsub(/[ \t]+/, " ", text)
    depth = 0
    while (match(text, /[{};]/)) {
        before = trim(substr(text, 1, RSTART - 1))
        mark = substr(text, RSTART, 1)
        text = substr(text, RSTART + 1)
        if (mark == "{") {
            if (depth++ == 0) {
                inside = before
                tag = ""
                if (before ~ /(^|typedef )struct (__attribute__.* )?cuda[A-Z][A-Za-z0-9_]*$/ ||
                    before ~ /(^|typedef )struct (__attribute__.* )?CUDA_[A-Z0-9_]*_st$/) {
                    tag = before
                    sub(/.* /, "", tag)
                    tag = "struct " tag
                    body = body "    printf(\"" tag " %zu\\n\", sizeof(" tag "));\n"
                }
            }
        } else if (mark == "}") {
            if (--depth == 0 && inside ~ /enum /)
                enumerators(before)
        } else if (depth == 1) {
            if (tag != "")
                members(tag, " " before)
        } else if (depth == 0 && before ~ /^cudaError_t cuda|^CUresult cu|^const char \*cuda/) {
            again = again before ";\n"
        }
    }
    print "/* Made by tests/interop/declared.awk. */"
    print "#include <stddef.h>\n#include <stdio.h>\n#include \"isthmus_cuda_types.h\""
    print "#include <" name ">\n"
    print again
    print "int main(void)\n{\n" body "    return 0;\n}"
}
