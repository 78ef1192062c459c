/* SPDX-License-Identifier: MIT */
/* What `isthmus ls` prints of a known state, word for word. */
#include "broker/show.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct picture make(void)
{
    struct picture p = {0};
    static struct wire_message m;
    wire_start(&m, WIRE_LINE_BROKER);
    m.pid = 5;
    picture_add(&p, &m);
    wire_start(&m, WIRE_LINE_CLIENT);
    m.pid = 10;
    strcpy(m.words, "make\"r");
    picture_add(&p, &m);
    m.pid = 11;
    m.flags = WIRE_SILENT;
    strcpy(m.words, "user");
    picture_add(&p, &m);
    wire_start(&m, WIRE_LINE_OBJECT);
    memset(m.parcel.id, 0xab, 16);
    m.parcel.bytes = 4096;
    m.number = 0x44000042;
    picture_add(&p, &m);
    wire_start(&m, WIRE_LINE_NAME);
    memset(m.id, 0xab, 16);
    strcpy(m.key, "GPICTURE");
    strcpy(m.words, "picture");
    picture_add(&p, &m);
    m.type = WIRE_LINE_HOLDER;
    m.pid = 10;
    picture_add(&p, &m);
    wire_start(&m, WIRE_LINE_REPORT);
    m.pid = 10;
    m.report_count = 1;
    memset(m.report[0].id, 0xab, 16);
    m.report[0].held[HOLDER_COM] = 1;
    m.report[0].held[HOLDER_HANDLE] = 2;
    m.report[0].has_mutex = true;
    m.report[0].mutex_key = 7;
    m.report[0].has_fence = true;
    m.report[0].fence_value = 9;
    m.report[0].fence_waiters = 3;
    picture_add(&p, &m);
    return p;
}

static void check(void (*show)(const struct picture *, FILE *), struct picture *p,
                  const char *wanted)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    show(p, out);
    fclose(out);
    CHECK_STR(text, wanted);
    free(text);
}

TEST(text_shows_one_line_an_object_and_one_a_holder)
{
    struct picture p = make();
    check(show_text, &p,
          "resource          4096 bytes  0x44000042  \"Global\\picture\"  mutex free, key 7  "
          "value 9, 3 waiting\n"
          "    10 (make\"r): 1 com 2 handle\n"
          "process 11 (user) does not answer: what it holds is not shown\n");
    p.objects[0].reports[0].report.mutex_state = 1;
    p.objects[0].reports[0].report.mutex_owner = 99;
    p.objects[0].reports[0].report.has_fence = false;
    p.objects[0].name_count = 0;
    p.objects[0].number = 0;
    p.objects[0].under_way = 1;
    p.client_count = 1;
    check(show_text, &p,
          "resource          4096 bytes  -           mutex held by thread 99\n"
          "    10 (make\"r): 1 com 2 handle\n"
          "    1 handle under way to another process\n");
    p.objects[0].owner = 10;
    check(show_text, &p,
          "resource          4096 bytes  -           mutex held by 10 (make\"r), thread 99\n"
          "    10 (make\"r): 1 com 2 handle\n"
          "    1 handle under way to another process\n");
    picture_free(&p);
    check(show_text, &p, "nothing is shared between processes\n");
}

TEST(json_shows_all_of_it)
{
    struct picture p = make();
    check(show_json, &p,
          "{\"broker\":5,\"processes\":[{\"process\":10,\"program\":\"make\\\"r\",\"answers\":"
          "true},{\"process\":11,\"program\":\"user\",\"answers\":false}],\"objects\":[\n"
          "{\"id\":\"abababababababababababababababab\",\"kind\":\"resource\",\"bytes\":4096,"
          "\"number\":1140850754,\"names\":[{\"name\":\"picture\",\"global\":true,"
          "\"processes\":[10]}],\"holders\":[{\"process\":10,\"com\":1,\"handle\":2,\"import\":"
          "0,\"mapping\":0,\"work\":0}],\"mutex\":{\"state\":\"free\",\"key\":7,"
          "\"owner\":0,\"owner_thread\":0},\"fence\":{\"value\":9,\"waiters\":3},\"under_way\":"
          "0}]}\n");
    picture_free(&p);
    check(show_json, &p, "{\"broker\":0,\"processes\":[],\"objects\":[]}\n");
}

/* Whoever shares an object may not write to the terminal of who lists it. */
TEST(names_steer_no_terminal_and_json_stays_json)
{
    struct picture p = make();
    strcpy(p.objects[0].names[0].words, "a\x1b[2J\x7f\xc2\x9b\xc3\xa4");
    p.objects[0].reports[0].report.has_fence = false;
    p.client_count = 1;
    check(show_text, &p,
          "resource          4096 bytes  0x44000042  \"Global\\a?[2J??\xc3\xa4\"  mutex free, "
          "key 7\n    10 (make\"r): 1 com 2 handle\n");
    strcpy(p.clients[0].program, "\x1b\xc3("
                                 "\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80\xe2\x82\xac\xff");
    p.object_count = 0;
    check(show_json, &p,
          "{\"broker\":5,\"processes\":[{\"process\":10,\"program\":\"\\u001b\\ufffd("
          "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\xe2\x82\xac\\ufffd\""
          ","
          "\"answers\":true}],\"objects\":[]}\n");
    p.object_count = 1;
    picture_free(&p);
}
