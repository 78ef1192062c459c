/* SPDX-License-Identifier: MIT */
/* Reading PNG files: every colour type, depth and interlacing, and every way to be broken. */
#include "capture.h"

#include "png_file.h"

#include <png.h>
#include <sys/resource.h>

#define WIDTH 23u
#define HEIGHT 19u

/*
 * What a file is made of. Samples are depth-independent: pattern values of the depth's range.
 */
struct kind {
    int colour;
    int depth;
    int interlace;
    bool transparent; /* with a tRNS chunk */
};

static unsigned sample(const struct kind *k, size_t x, size_t y, size_t channel)
{
    unsigned range = 1u << (k->depth < 8 ? k->depth : 8);
    unsigned value = (unsigned)(x * 7 + y * 13 + channel * 50) % range;
    return k->depth == 16 ? value * 257 : value; /* both bytes equal: scales without rounding */
}

static size_t channels_of(int colour)
{
    switch (colour) {
    case PNG_COLOR_TYPE_GRAY_ALPHA: return 2;
    case PNG_COLOR_TYPE_RGB: return 3;
    case PNG_COLOR_TYPE_RGB_ALPHA: return 4;
    default: return 1;
    }
}

static void pack_row(const struct kind *k, size_t y, unsigned char *row)
{
    size_t channels = channels_of(k->colour);
    memset(row, 0, WIDTH * 8);
    for (size_t i = 0; i < WIDTH * channels; i++) {
        unsigned value = sample(k, i / channels, y, i % channels);
        if (k->depth == 16) {
            row[2 * i] = (unsigned char)(value >> 8);
            row[2 * i + 1] = (unsigned char)value;
        } else {
            size_t bit = i * (unsigned)k->depth;
            row[bit / 8] |= (unsigned char)(value << (8 - (unsigned)k->depth - bit % 8));
        }
    }
}

static png_color palette_entry(unsigned i)
{
    return (png_color){(png_byte)(i * 3), (png_byte)(255 - i), (png_byte)(i * 91)};
}

static void set_palette(png_structp png, png_infop info, const struct kind *k)
{
    png_color colours[256];
    for (unsigned i = 0; i < 256; i++)
        colours[i] = palette_entry(i);
    png_set_PLTE(png, info, colours, 1 << k->depth);
}

/* Index 1 is half transparent, or the value 1 (grey) or the first pixel (RGB) wholly. */
static void set_transparency(png_structp png, png_infop info, const struct kind *k)
{
    png_byte alphas[2] = {255, 128};
    png_color_16 key = {0};
    key.gray = (png_uint_16)(k->depth == 16 ? 257 : 1);
    key.red = (png_uint_16)sample(k, 0, 0, 0);
    key.green = (png_uint_16)sample(k, 0, 0, 1);
    key.blue = (png_uint_16)sample(k, 0, 0, 2);
    if (k->colour == PNG_COLOR_TYPE_PALETTE)
        png_set_tRNS(png, info, alphas, 2, NULL);
    else
        png_set_tRNS(png, info, NULL, 0, &key);
}

static void write_kind(const char *path, const struct kind *k)
{
    unsigned char rows[HEIGHT][WIDTH * 8];
    png_bytep pointers[HEIGHT];
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, WIDTH, HEIGHT, k->depth, k->colour, k->interlace,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (k->colour == PNG_COLOR_TYPE_PALETTE)
        set_palette(png, info, k);
    if (k->transparent)
        set_transparency(png, info, k);
    png_write_info(png, info);
    for (size_t y = 0; y < HEIGHT; y++) {
        pack_row(k, y, rows[y]);
        pointers[y] = rows[y];
    }
    png_write_image(png, pointers);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    CHECK_EQ(fclose(file), 0);
}

static unsigned char as_8_bit(const struct kind *k, unsigned value)
{
    return (unsigned char)(value * 255 / ((1u << k->depth) - 1));
}

/* RGBA8 of one pixel, computed from the samples without libpng. */
static void expect_pixel(const struct kind *k, size_t x, size_t y, unsigned char out[4])
{
    unsigned v[4];
    for (size_t c = 0; c < 4; c++)
        v[c] = sample(k, x, y, c);
    out[3] = 255;
    if (k->colour == PNG_COLOR_TYPE_PALETTE) {
        png_color colour = palette_entry(v[0]);
        memcpy(out, (unsigned char[]){colour.red, colour.green, colour.blue}, 3);
        if (k->transparent && v[0] == 1)
            out[3] = 128;
    } else if (k->colour & PNG_COLOR_MASK_COLOR) {
        for (size_t c = 0; c < 3; c++)
            out[c] = as_8_bit(k, v[c]);
        bool key = v[0] == sample(k, 0, 0, 0) && v[1] == sample(k, 0, 0, 1) &&
                   v[2] == sample(k, 0, 0, 2);
        out[3] = k->colour & PNG_COLOR_MASK_ALPHA ? as_8_bit(k, v[3])
                 : k->transparent && key          ? 0
                                                  : 255;
    } else {
        memset(out, as_8_bit(k, v[0]), 3);
        out[3] = k->colour & PNG_COLOR_MASK_ALPHA                         ? as_8_bit(k, v[1])
                 : k->transparent && v[0] == (k->depth == 16 ? 257u : 1u) ? 0
                                                                          : 255;
    }
}

static void check_kind(struct folder *f, const struct kind *k)
{
    struct picture p = {0};
    write_kind(f->name[0], k);
    CHECK(png_read_picture(f->name[0], &p));
    CHECK_EQ(p.width, WIDTH);
    CHECK_EQ(p.height, HEIGHT);
    for (size_t y = 0; y < HEIGHT; y++) {
        for (size_t x = 0; x < WIDTH; x++) {
            unsigned char wanted[4];
            expect_pixel(k, x, y, wanted);
            CHECK_MEM(p.pixels + y * picture_pitch(&p) + 4 * x, wanted, 4);
        }
    }
    picture_finish(&p);
}

TEST(every_kind_of_png_becomes_rgba8)
{
    static const struct kind kinds[] = {
        {PNG_COLOR_TYPE_GRAY, 1, 0, false},       {PNG_COLOR_TYPE_GRAY, 2, 0, false},
        {PNG_COLOR_TYPE_GRAY, 4, 0, false},       {PNG_COLOR_TYPE_GRAY, 8, 0, false},
        {PNG_COLOR_TYPE_GRAY, 16, 0, false},      {PNG_COLOR_TYPE_GRAY, 1, 0, true},
        {PNG_COLOR_TYPE_GRAY, 8, 0, true},        {PNG_COLOR_TYPE_GRAY, 16, 0, true},
        {PNG_COLOR_TYPE_GRAY_ALPHA, 8, 0, false}, {PNG_COLOR_TYPE_GRAY_ALPHA, 16, 0, false},
        {PNG_COLOR_TYPE_PALETTE, 1, 0, false},    {PNG_COLOR_TYPE_PALETTE, 2, 0, true},
        {PNG_COLOR_TYPE_PALETTE, 4, 0, true},     {PNG_COLOR_TYPE_PALETTE, 8, 0, true},
        {PNG_COLOR_TYPE_RGB, 8, 0, false},        {PNG_COLOR_TYPE_RGB, 8, 0, true},
        {PNG_COLOR_TYPE_RGB, 16, 0, true},        {PNG_COLOR_TYPE_RGB_ALPHA, 8, 0, false},
        {PNG_COLOR_TYPE_RGB_ALPHA, 16, 0, false},
    };
    struct folder f = folder_new();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct kind interlaced = kinds[i];
        interlaced.interlace = PNG_INTERLACE_ADAM7;
        check_kind(&f, &kinds[i]);
        check_kind(&f, &interlaced);
    }
    folder_finish(&f);
}

static size_t load(const char *path, unsigned char *out, size_t room)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    size_t size = fread(out, 1, room, file);
    fclose(file);
    CHECK(size > 0 && size < room);
    return size;
}

static void store(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    CHECK_EQ(fwrite(bytes, 1, size, file), size);
    CHECK_EQ(fclose(file), 0);
}

/* Refused with exactly one line that holds `reason`, and the picture is untouched. */
static void check_broken(const char *path, const char *reason)
{
    struct picture p = {.width = 77};
    struct capture c = capture_start();
    bool read = png_read_picture(path, &p);
    capture_end(&c);
    if (read)
        test_fail(TEST_HERE, "%s was read, though %s was expected", path, reason);
    if (!capture_is_one_line(&c) || !strstr(c.text, reason))
        test_fail(TEST_HERE, "not one line with '%s': %s", reason, c.text);
    CHECK_EQ(p.width, 77);
    CHECK_PTR_EQ(p.pixels, NULL);
}

TEST(a_file_cut_off_anywhere_is_broken)
{
    static const struct kind kind = {PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_ADAM7, false};
    unsigned char bytes[8192];
    struct folder f = folder_new();
    write_kind(f.name[0], &kind);
    size_t size = load(f.name[0], bytes, sizeof(bytes));
    for (size_t cut = 0; cut < size; cut++) {
        store(f.name[1], bytes, cut);
        check_broken(f.name[1], cut < 8 ? "is not a PNG file" : "is not a whole PNG file");
    }
    folder_finish(&f);
}

/* A flipped bit is found or harmless (in a chunk's spare bits), but never more than that. */
TEST(no_flipped_bit_does_harm)
{
    static const struct kind kind = {PNG_COLOR_TYPE_PALETTE, 4, 0, true};
    unsigned char bytes[8192];
    struct folder f = folder_new();
    size_t found = 0;
    write_kind(f.name[0], &kind);
    size_t size = load(f.name[0], bytes, sizeof(bytes));
    for (size_t i = 0; i < size; i++) {
        struct picture p = {0};
        bytes[i] ^= (unsigned char)(1u << i % 8);
        store(f.name[1], bytes, size);
        bytes[i] ^= (unsigned char)(1u << i % 8);
        struct capture c = capture_start();
        bool read = png_read_picture(f.name[1], &p);
        capture_end(&c);
        picture_finish(&p);
        CHECK(read ? c.text[0] == '\0' : capture_is_one_line(&c));
        found += !read;
    }
    folder_finish(&f);
    CHECK(found > size / 2);
}

static void put32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t crc_of(const unsigned char *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
    }
    return ~crc;
}

/* A right header of any size, and then the start of the pixels. */
static void write_header(const char *path, uint32_t width, uint32_t height)
{
    unsigned char bytes[45] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
                               0,    0,   0,   13,  'I',  'H',  'D',  'R'};
    put32(bytes + 16, width);
    put32(bytes + 20, height);
    bytes[24] = 8; /* bits */
    bytes[25] = PNG_COLOR_TYPE_RGB;
    put32(bytes + 29, crc_of(bytes + 12, 17));
    put32(bytes + 33, 100);
    memcpy(bytes + 37, "IDAT", 4);
    store(path, bytes, sizeof(bytes));
}

TEST(sizes_that_nobody_can_hold_are_refused_before_memory_is_taken)
{
    struct folder f = folder_new();
    struct rusage before;
    struct rusage after;
    CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
    write_header(f.name[0], 16385, 1);
    check_broken(f.name[0], "would be 16385 x 1 pixels, but a side must be 1 to 16384");
    write_header(f.name[0], 1, 16385);
    check_broken(f.name[0], "would be 1 x 16385 pixels");
    write_header(f.name[0], 0x7fffffff, 0x7fffffff);
    check_broken(f.name[0], "2147483647");
    write_header(f.name[0], 0, 10);
    check_broken(f.name[0], "is not a whole PNG file");
    write_header(f.name[0], 0xffffffff, 10);
    check_broken(f.name[0], "is not a whole PNG file");
    write_header(f.name[0], 10, 10);
    check_broken(f.name[0], "it ends too early");
    CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
    CHECK(after.ru_maxrss - before.ru_maxrss < 100 * 1024); /* in KiB */
    folder_finish(&f);
}

TEST(what_is_no_png_file_is_refused_in_one_sentence)
{
    struct folder f = folder_new();
    check_broken(f.name[0], "No such file or directory");
    check_broken(f.path, "it is a directory");
    check_broken("/dev/null", "is not a PNG file");
    store(f.name[0], (const unsigned char *)"GIF89a, perhaps", 15);
    check_broken(f.name[0], "is not a PNG file");
    folder_finish(&f);
}
