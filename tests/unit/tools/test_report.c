/* SPDX-License-Identifier: MIT */
/* Sentences and the progress line. */
#include "capture.h"

#include "report.h"

TEST(a_complaint_is_one_line_with_the_name_of_the_command)
{
    struct capture c = capture_start();
    complain("%s has %d legs", "a bee", 6);
    capture_end(&c);
    CHECK_STR(c.text, "isthmus: a bee has 6 legs\n");
}

TEST(progress_is_only_for_terminals)
{
    struct capture c = capture_start(); /* a file is none */
    struct progress p = progress_start("step", 10);
    p.started -= 5e6;
    progress_show(&p, 3);
    progress_end(&p);
    capture_end(&c);
    CHECK_STR(c.text, "");
}

TEST(the_clock_goes_forward)
{
    double before = now_us();
    usleep(2000);
    double passed = now_us() - before;
    CHECK(passed >= 2000);
    CHECK(passed < 5e6);
}
