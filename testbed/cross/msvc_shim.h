// Included first by tools/lint/native.mjs: lets the MinGW-w64 headers load while clang plays MSVC.
#pragma clang system_header
#define __declspec __declspec
#pragma push_macro("_MSC_VER")
#undef _MSC_VER
#include <_mingw.h>
#pragma pop_macro("_MSC_VER")
