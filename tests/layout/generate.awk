# SPDX-License-Identifier: MIT
#
# Reads preprocessed headers (cc -E, C, with line markers) and writes a C program that prints the
# size and alignment of every struct and union in them and the offset of every field. A vtable is
# a struct of function pointers, so its slots are fields like others.
#
#   awk -v keep='DIR1|DIR2' -f generate.awk headers.i > body.c
#
# keep: a pattern; only text that comes from files whose path matches is read.

/^# [0-9]+ "/ {
    file = $3
    wanted = file ~ keep
    next
}
/^#/ { next }
wanted { text = text " " $0 }

# What a declaration introduces: the last identifier, or the one in `(*name)(...)`.
function declared(s)
{
    if (match(s, /\( *\* *[A-Za-z_][A-Za-z0-9_]* *\)/)) {
        s = substr(s, RSTART, RLENGTH)
        gsub(/[^A-Za-z0-9_]/, "", s)
        return s
    }
    if (s ~ /:/) # a bit field has no offset
        return ""
    gsub(/\[[^]]*\]/, "", s)
    sub(/[ \t]+$/, "", s)
    return match(s, /[A-Za-z_][A-Za-z0-9_]*$/) ? substr(s, RSTART) : ""
}

# `typedef struct NAME {`: "struct NAME"; without a tag: "struct"; for all else "".
function opened(s)
{
    if (s ~ /\)/ || s !~ /(^| )(struct|union)( +[A-Za-z_][A-Za-z0-9_]*)? *\{$/)
        return ""
    sub(/ *\{$/, "", s)
    sub(/^.*(^| )struct/, "struct", s)
    sub(/^.*(^| )union/, "union", s)
    gsub(/ +/, " ", s)
    return s
}

function emit(type, list,    n, i, part)
{
    printf "    SIZE(%s);\n", type
    records++
    if (type ~ /Vtbl$/)
        tables++
    n = split(list, part, " ")
    for (i = 1; i <= n; i++)
        printf "    FIELD(%s, %s);\n", type, part[i]
}

# `} name;` closes a record. An unnamed member hands its fields to the one around it.
function closed(s,    name, type)
{
    type = kind[depth]
    name = s
    sub(/^\} */, "", name)
    sub(/;$/, "", name)
    sub(/,.*/, "", name)
    gsub(/[ *]/, "", name)
    if (type != "" && depth == 1 && (type ~ / / || name != ""))
        emit(type ~ / / ? type : name, fields[1])
    else if (type != "" && depth > 1 && kind[depth - 1] != "")
        fields[depth - 1] = fields[depth - 1] " " (name == "" ? fields[depth] : name)
    depth--
}

function statement(s)
{
    gsub(/[ \t]+/, " ", s)
    sub(/^ /, "", s)
    if (s ~ /\{$/) {
        kind[++depth] = opened(s)
        fields[depth] = ""
    } else if (s ~ /^\}/) {
        closed(s)
    } else if (depth && kind[depth] != "") {
        sub(/;$/, "", s)
        fields[depth] = fields[depth] " " declared(s)
    }
}

END {
    # One statement a line: each ends in a brace or a semicolon.
    gsub(/\{/, "{\n", text)
    gsub(/\}/, "\n}", text)
    gsub(/;/, ";\n", text)
    n = split(text, line, "\n")
    for (i = 1; i <= n; i++) {
        # `}` of a function or an initialiser stands alone, without a semicolon.
        if (line[i] ~ /^\}[^;]*$/) {
            rest = line[i]
            sub(/^\}/, "", rest)
            depth--
            line[i] = rest
        }
        if (line[i] ~ /[^ \t]/)
            statement(line[i])
    }
    printf "    COUNT(%d, %d);\n", records, tables
}
