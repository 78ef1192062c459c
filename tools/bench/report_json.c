/* SPDX-License-Identifier: MIT */
/* All strings are our own and plain ASCII but the processor's name and the notes. */
#include "bench/report_bench.h"

#include <isthmus/isthmus.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static void put_string(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\"%s\": \"", key);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fputc('\\', out);
        if (c >= ' ')
            fputc(c, out);
    }
    fputc('"', out);
}

static void put_figure(FILE *out, const char *key, const struct figure *f)
{
    fprintf(out, ", \"%s\": {\"median\": %.6g, \"p10\": %.6g, \"p90\": %.6g}", key, f->median,
            f->low, f->high);
}

static void put_line(FILE *out, const struct line *line)
{
    static const char *const placements[] = {"one", "same", "other", "all"};
    const struct row *row = line->row;
    fputs("    {", out);
    put_string(out, "row", row->name);
    fputs(", ", out);
    put_string(out, "what", row->what);
    fputs(", ", out);
    put_string(out, "floor_is", row->floor ? row->floor : "");
    fputs(", ", out);
    put_string(out, "unit", row->unit);
    fputs(", ", out);
    put_string(out, "cpus", placements[row->placement]);
    put_figure(out, "ours", &line->result.ours);
    if (row->floor) {
        put_figure(out, "floor", &line->result.floor);
        put_figure(out, "ratio", &line->result.ratio);
    }
    fprintf(out, ", \"target\": %.6g, \"met\": %s, \"repetitions\": %u, ", row->target,
            verdict_of(line) == OVER ? "false" : "true", line->result.repetitions);
    put_string(out, "note", line->result.note);
    fputc('}', out);
}

static void put_processor(FILE *out)
{
    char text[256] = "";
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(text, sizeof(text), file))
        if (strncmp(text, "model name", 10) == 0)
            break;
    if (file)
        fclose(file);
    const char *colon = strchr(text, ':');
    put_string(out, "processor", colon ? colon + 2 : "unknown");
}

static void put_machine(FILE *out)
{
    struct utsname system;
    char date[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&now, &utc));
    uname(&system);
    fputs("  ", out);
    put_string(out, "version", ist_version());
    fputs(", ", out);
    put_string(out, "date", date);
    fputs(", ", out);
    put_string(out, "kernel", system.release);
    fputs(",\n  ", out);
    put_processor(out);
    fprintf(out, ", \"cpus\": %u,\n", cpu_count());
}

void write_json(FILE *out, const struct line *lines, size_t count)
{
    fputs("{\n", out);
    put_machine(out);
    fputs("  \"rows\": [\n", out);
    for (size_t i = 0; i < count; i++) {
        put_line(out, &lines[i]);
        fputs(i + 1 < count ? ",\n" : "\n", out);
    }
    fputs("  ]\n}\n", out);
}
