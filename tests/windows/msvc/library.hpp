/* SPDX-License-Identifier: MIT */
/*
 * The little that isthmus.hpp uses of the C++ library, declared only: headers-msvc.sh makes
 * <cstdint>, <string> and the others of it. See stdio.h beside this file.
 */
#ifndef TESTS_WINDOWS_MSVC_LIBRARY_HPP
#define TESTS_WINDOWS_MSVC_LIBRARY_HPP

#include <stddef.h>
#include <stdint.h>

namespace std
{
using ::uint32_t;
using ::uint64_t;
using ::uintptr_t;

/* The compiler fills it: pointer and count, as Microsoft's has first and last. */
template <class T> class initializer_list
{
    const T *first_ = nullptr;
    const T *last_ = nullptr;

  public:
    const T *begin() const noexcept;
    const T *end() const noexcept;
    size_t size() const noexcept;
};

class string
{
  public:
    string(const char *text);
    friend string operator+(const string &a, const char *b);
};

class runtime_error
{
  public:
    explicit runtime_error(const string &text);
    const char *what() const noexcept;
};

template <class T> void swap(T &a, T &b) noexcept;

template <class T> class vector
{
  public:
    vector();
    vector(size_t count, const T &value);
    void push_back(const T &value);
    void clear() noexcept;
    bool empty() const noexcept;
    size_t size() const noexcept;
    T *data() noexcept;
    const T *begin() const noexcept;
    const T *end() const noexcept;
};
} // namespace std

#endif
