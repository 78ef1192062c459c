/* SPDX-License-Identifier: MIT */
/* What is written is read by the next one, up to the first broken byte. */
#include "broker/journal.h"
#include "rig.h"

struct seen {
    unsigned count;
    uint32_t types[16];
    struct wire_message last;
};

static void see(const struct wire_message *record, void *arg)
{
    struct seen *seen = arg;
    if (seen->count < 16)
        seen->types[seen->count] = record->type;
    seen->count++;
    seen->last = *record;
}

static int open_folder(struct rig_folder *folder)
{
    *folder = rig_folder_new();
    return open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static struct seen read_back(int folder)
{
    static struct seen seen;
    struct journal journal;
    memset(&seen, 0, sizeof(seen));
    CHECK(journal_open(&journal, folder, see, &seen));
    journal_close(&journal);
    return seen;
}

static void write_some(int folder)
{
    static const unsigned char id[16] = "an object's id";
    struct journal journal;
    struct seen seen = {0};
    CHECK(journal_open(&journal, folder, see, &seen));
    CHECK(journal_anew_begin(&journal));
    journal_process(&journal, WIRE_J_CLIENT, 12, 345);
    journal_object(&journal, id, 0x44000042);
    journal_name(&journal, id, "LKEY", "Key", 7, true);
    journal_anew_end(&journal);
    journal_hold(&journal, WIRE_J_HOLD, id, "LKEY", 12, 345);
    journal_close(&journal);
}

TEST(a_successor_reads_what_was_written)
{
    struct rig_folder path;
    int folder = open_folder(&path);
    CHECK_EQ(read_back(folder).count, 0);
    write_some(folder);
    struct seen seen = read_back(folder);
    CHECK_EQ(seen.count, 4);
    CHECK_EQ(seen.types[0], WIRE_J_CLIENT);
    CHECK_EQ(seen.types[2], WIRE_J_NAME);
    CHECK_EQ(seen.last.type, WIRE_J_HOLD);
    CHECK_EQ(seen.last.pid, 12);
    CHECK_EQ(seen.last.value, 345);
    CHECK_STR(seen.last.key, "LKEY");
    close(folder);
    rig_folder_end(&path);
}

TEST(a_torn_end_costs_only_the_last_record)
{
    struct rig_folder path;
    int folder = open_folder(&path);
    struct stat st;
    write_some(folder);
    int file = openat(folder, "journal", O_RDWR | O_CLOEXEC);
    CHECK_EQ(fstat(file, &st), 0);
    CHECK_EQ(ftruncate(file, st.st_size - 1), 0);
    CHECK_EQ(read_back(folder).count, 3);
    CHECK_EQ(pwrite(file, "\xff", 1, st.st_size / 2), 1);
    CHECK(read_back(folder).count < 3);
    CHECK_EQ(pwrite(file, "\xff", 1, 8), 1); /* the first record names the boot */
    CHECK_EQ(read_back(folder).count, 0);
    close(file);
    close(folder);
    rig_folder_end(&path);
}

TEST(epochs_differ_from_one_broker_to_the_next)
{
    struct rig_folder path;
    int folder = open_folder(&path);
    for (unsigned round = 0; round < 32; round++)
        CHECK_EQ(journal_epoch(folder), round % 15 + 1);
    int file = openat(folder, "epoch", O_WRONLY | O_TRUNC | O_CLOEXEC);
    CHECK_EQ(write(file, "garbage", 7), 7);
    close(file);
    CHECK_EQ(journal_epoch(folder), 1);
    CHECK_EQ(journal_epoch(-1), 1);
    close(folder);
    rig_folder_end(&path);
}

/* A successor that awaits survivors writes on behind what it read: not behind the torn end. */
TEST(what_is_written_behind_a_torn_end_is_read)
{
    struct rig_folder path;
    int folder = open_folder(&path);
    struct journal journal;
    struct seen seen = {0};
    struct stat st;
    write_some(folder);
    int file = openat(folder, "journal", O_RDWR | O_CLOEXEC);
    CHECK_EQ(fstat(file, &st), 0);
    CHECK_EQ(ftruncate(file, st.st_size - 1), 0);
    CHECK(journal_open(&journal, folder, see, &seen));
    CHECK_EQ(seen.count, 3);
    journal_process(&journal, WIRE_J_CLIENT, 13, 678);
    journal_close(&journal);
    seen = read_back(folder);
    CHECK_EQ(seen.count, 4);
    CHECK_EQ(seen.last.pid, 13);
    close(file);
    close(folder);
    rig_folder_end(&path);
}
