/* SPDX-License-Identifier: MIT */
/* The command from outside: exit codes and what is said, in a child process. */
#include "capture.h"

#include "edge.h"
#include "png_file.h"

TEST(an_unknown_command_gets_one_sentence)
{
    struct capture c;
    CHECK_EQ(COMMAND(&c, "paint"), 1);
    CHECK(capture_is_one_line(&c));
    CHECK(strstr(c.text, "there is no command 'paint'") != NULL);
}

TEST(help_and_version_are_no_errors)
{
    struct capture c;
    CHECK_EQ(COMMAND(&c, "--help"), 0);
    CHECK_STR(c.text, "");
    CHECK_EQ(COMMAND(&c, "--version"), 0);
    CHECK_STR(c.text, "");
    CHECK_EQ(COMMAND(&c, "demo", "--help"), 0);
    CHECK_EQ(COMMAND(&c, "image", "--help"), 0);
    CHECK_EQ(COMMAND(&c, "run", "--help"), 0);
    CHECK_EQ(COMMAND(&c, "doctor", "--help"), 0);
    CHECK_STR(c.text, "");
}

static void check_usage(int code, const struct capture *c, const char *reason)
{
    CHECK_EQ(code, 2);
    if (!strstr(c->text, reason))
        test_fail(TEST_HERE, "'%s' is missing in: %s", reason, c->text);
}

TEST(usage_errors_exit_with_2_and_say_why)
{
    struct capture c;
    CHECK_EQ(command_in_child(&c, (const char *const[]){"isthmus", NULL}), 2);
    check_usage(COMMAND(&c, "demo", "in.png"), &c, "a picture to read and a file to write");
    check_usage(COMMAND(&c, "demo", "a", "b", "c"), &c, "'c' is one argument too many");
    check_usage(COMMAND(&c, "demo", "--frames", "0", "a", "b"), &c, "frames '0' is not");
    check_usage(COMMAND(&c, "demo", "--frames", "ten", "a", "b"), &c, "frames 'ten' is not");
    check_usage(COMMAND(&c, "demo", "--frames=-3", "a", "b"), &c, "frames '-3' is not");
    check_usage(COMMAND(&c, "demo", "--device", "gpu", "a", "b"), &c, "no device 'gpu'");
    check_usage(COMMAND(&c, "image", "0", "5", "x.png"), &c, "width '0' is not");
    check_usage(COMMAND(&c, "image", "5", "16385", "x.png"), &c, "height '16385' is not");
    check_usage(COMMAND(&c, "image", "5"), &c, "a width, a height and a file are needed");
    check_usage(COMMAND(&c, "run"), &c, "a program to start is needed");
    check_usage(COMMAND(&c, "run", "--cuda", "11", "--", "true"), &c, "no stand-in for CUDA");
}

TEST(a_bad_input_file_gets_one_sentence_and_exit_1)
{
    struct folder f = folder_new();
    struct capture c;
    CHECK_EQ(COMMAND(&c, "demo", f.name[0], f.name[1]), 1);
    CHECK(capture_is_one_line(&c));
    CHECK(strstr(c.text, "No such file or directory") != NULL);
    CHECK_EQ(COMMAND(&c, "demo", f.name[0], "/nowhere/out.png"), 1);
    CHECK(capture_is_one_line(&c));
    CHECK(strstr(c.text, "its folder does not exist") != NULL);
    CHECK_EQ(COMMAND(&c, "image", "4", "4", f.path), 1);
    CHECK(capture_is_one_line(&c));
    folder_finish(&f);
}

/* The result must be what the filter makes of the picture when no D3D11 and no CUDA is near. */
static void check_edges(const char *in, const char *out)
{
    struct picture from = {0};
    struct picture found = {0};
    struct picture wanted = {0};
    CHECK(png_read_picture(in, &from));
    CHECK(png_read_picture(out, &found));
    CHECK_EQ(found.width, from.width);
    CHECK_EQ(found.height, from.height);
    CHECK(picture_init("a test", from.width, from.height, &wanted));
    int16_t *scratch = calloc(edge_scratch_length(from.width), sizeof(*scratch));
    CHECK(scratch != NULL);
    edge_filter((struct edge_plane){from.pixels, picture_pitch(&from)},
                (struct edge_plane){wanted.pixels, picture_pitch(&wanted)}, from.width,
                from.height, scratch);
    CHECK_MEM(found.pixels, wanted.pixels, picture_size(&wanted));
    free(scratch);
    picture_finish(&wanted);
    picture_finish(&found);
    picture_finish(&from);
}

TEST(image_then_demo_is_the_main_job)
{
    static const char *const sizes[][2] = {{"123", "45"},
                                           {"1", "1"},
                                           {"1", "300"},
                                           {"777", "2"}};
    struct folder f = folder_new();
    struct capture c;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        CHECK_EQ(COMMAND(&c, "image", sizes[i][0], sizes[i][1], f.name[0]), 0);
        CHECK_STR(c.text, "");
        int code =
            COMMAND(&c, "demo", "--device", "cpu", "--frames", "3", f.name[0], f.name[1]);
        CHECK_STR(c.text, "");
        CHECK_EQ(code, 0);
        check_edges(f.name[0], f.name[1]);
    }
    folder_finish(&f);
}

TEST(run_passes_the_exit_code_on_and_sets_the_library_path)
{
    struct capture c;
    CHECK_EQ(COMMAND(&c, "run", "--", "sh", "-c", "exit 7"), 7);
    CHECK_EQ(COMMAND(&c, "run", "--cuda", "13", "sh", "-c", "exit 8"), 8);
    CHECK_EQ(COMMAND(&c, "run", "--", "sh", "-c",
                     "test -e \"${LD_LIBRARY_PATH%%:*}/libcudart.so.13\""),
             0);
}

TEST(run_says_when_there_is_no_such_program)
{
    struct capture c;
    CHECK_EQ(COMMAND(&c, "run", "--", "no-such-program"), 127);
    CHECK(capture_is_one_line(&c));
    CHECK(strstr(c.text, "there is no program 'no-such-program' in any folder of PATH") !=
          NULL);
    CHECK_EQ(COMMAND(&c, "run", "--", "/nowhere/at/all"), 127);
    CHECK(capture_is_one_line(&c));
    CHECK_EQ(COMMAND(&c, "run", "--", "/tmp"), 126);
    CHECK(strstr(c.text, "cannot start /tmp") != NULL);
}

TEST(run_warns_of_a_program_that_does_not_use_the_shared_runtime)
{
    struct capture c;
    CHECK_EQ(COMMAND(&c, "run", "--", "true"), 0);
    CHECK(capture_is_one_line(&c));
    CHECK(strstr(c.text, "-cudart shared") != NULL);
}

TEST(doctor_finds_everything_in_order)
{
    struct capture c;
    int code = COMMAND(&c, "doctor");
    CHECK_STR(c.text, "");
    CHECK_EQ(code, 0);
}

TEST(conformance_runs_the_suite_and_passes_its_exit_code_on)
{
    struct capture c;
    CHECK_EQ(COMMAND(&c, "conformance", "--device", "cpu", "--filter", "B6"), 0);
    CHECK_STR(c.text, "");
    CHECK_EQ(COMMAND(&c, "conformance", "--filter", "no such case"), 1);
    CHECK(strstr(c.text, "no case fits 'no such case'") != NULL);
    CHECK_EQ(COMMAND(&c, "conformance", "--list"), 0);
    CHECK_EQ(COMMAND(&c, "conformance", "--device", "none"), 2);
    CHECK(strstr(c.text, "there is no device 'none'") != NULL);
    CHECK_EQ(COMMAND(&c, "conformance", "B6"), 2);
    CHECK(strstr(c.text, "chosen by --filter") != NULL);
}
