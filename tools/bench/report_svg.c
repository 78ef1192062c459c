/* SPDX-License-Identifier: MIT */
/*
 * The plot: each row's ratio to its floor as a bar from 1 (the floor itself), logarithmic, with
 * its spread as a whisker and its target as a tick. Ratios, because times of different rows and
 * machines do not compare.
 */
#include "bench/report_bench.h"

#include <math.h>

#define LEFT 150.0
#define WIDTH 820.0
#define PLOT_WIDTH (WIDTH - LEFT - 70.0)
#define TOP 56.0
#define STEP 18.0
#define BAR 10.0
#define LEAST 0.001
#define MOST 100.0

static double x_of(double ratio)
{
    double clipped = fmin(fmax(ratio, LEAST), MOST);
    return LEFT + PLOT_WIDTH * log(clipped / LEAST) / log(MOST / LEAST);
}

static void put_scale(FILE *out, double height)
{
    for (double tick = LEAST; tick <= MOST * 1.001; tick *= 10) {
        fprintf(out,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n"
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"#555\">%g</text>\n",
                x_of(tick), x_of(tick), TOP - 6, height - 10,
                fabs(tick - 1) < 1e-9 ? "#333" : "#ddd", x_of(tick), TOP - 12, tick);
    }
}

static void put_bar(FILE *out, const struct line *line, double y)
{
    const struct figure *r = &line->result.ratio;
    double from = fmin(x_of(1), x_of(r->median)), to = fmax(x_of(1), x_of(r->median));
    double middle = y + BAR / 2;
    const char *colour = verdict_of(line) == OVER ? "#c0504d" : "#4f81bd";
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT - 8,
            y + BAR - 1, line->row->name);
    fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
            from, y, fmax(to - from, 1.5), BAR, colour);
    fprintf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#000\"/>\n",
            x_of(r->low), x_of(r->high), middle, middle);
    if (line->row->target != 0)
        fprintf(out,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e08e0b\" "
                "stroke-width=\"2\"/>\n",
                x_of(line->row->target), x_of(line->row->target), y - 2, y + BAR + 2);
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" fill=\"#555\">%.3g</text>\n", WIDTH - 60,
            y + BAR - 1, r->median);
}

void write_svg(FILE *out, const struct line *lines, size_t count)
{
    size_t bars = 0;
    for (size_t i = 0; i < count; i++)
        bars += lines[i].row->floor != NULL;
    double height = TOP + (double)bars * STEP + 20;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "font-family=\"sans-serif\" font-size=\"11\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
            "<text x=\"%.0f\" y=\"20\" font-size=\"14\">Isthmus, cpu device: cost as a "
            "multiple "
            "of the floor (1); tick: target; red: above it</text>\n",
            WIDTH, height, 12.0);
    put_scale(out, height);
    double y = TOP;
    for (size_t i = 0; i < count; i++) {
        if (!lines[i].row->floor)
            continue;
        put_bar(out, &lines[i], y);
        y += STEP;
    }
    fputs("</svg>\n", out);
}
