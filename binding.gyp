# One description for both toolchains: MSVC reads msvs_settings, GCC (cross build) reads cflags and ldflags.
{
  'variables': {
    # The COM double of the tests; switched on by scripts/build-native.mjs.
    'bits_double%': 0,
    'node_addon_api_dir': "<!(node -p \"require('path').dirname(require.resolve('node-addon-api'))\")",
  },

  'target_defaults': {
    'dependencies': ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"],
    'include_dirs': ['native'],
    'defines': [
      'NAPI_VERSION=9',
      'NODE_ADDON_API_DISABLE_DEPRECATED',
      # A worker that is being terminated refuses to take an exception; that must not end the whole process.
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      'UNICODE',
      '_UNICODE',
      'NOMINMAX',
      'WIN32_LEAN_AND_MEAN',
      '_WIN32_WINNT=0x0A00',
      # Made a string by the code: quotes survive neither every shell nor every generator.
      'WINDOWS_BITS_VERSION=<!(node -p "require(\'./package.json\').version")',
    ],
    # Node's own settings turn exceptions off in the library; node_addon_api_except turns them on.
    'defines!': ['_HAS_EXCEPTIONS=0'],
    'libraries': ['-lole32', '-loleaut32'],

    # GCC. Headers that are not ours count as system headers: warnings are errors, in our sources only.
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-exceptions', '-fno-rtti'],
    'cflags_cc': [
      '-std=c++17',
      '-fexceptions',
      '-isystem <(node_addon_api_dir)',
      '-isystem <(node_root_dir)/include/node',
      '-ffunction-sections',
      '-fdata-sections',
      '-fstack-protector-strong',
      '-Wall',
      '-Wextra',
      '-Wpedantic',
      '-Wconversion',
      '-Wsign-conversion',
      '-Wshadow',
      '-Wold-style-cast',
      '-Wcast-qual',
      '-Wformat=2',
      '-Wnon-virtual-dtor',
      '-Wnull-dereference',
      '-Wduplicated-cond',
      '-Wlogical-op',
      '-Wuseless-cast',
      '-Werror',
    ],
    'ldflags': [
      '-fstack-protector-strong',
      '-static',
      '-static-libgcc',
      '-static-libstdc++',
      '-Wl,--gc-sections',
      '-Wl,--no-undefined',
      # The same sources give the same bytes.
      '-Wl,--no-insert-timestamp',
    ],

    # MSVC. Conditions of this kind come last, so that they win over the weaker settings in Node's common.gypi.
    'target_conditions': [
      ['_type=="loadable_module"', {
        'configurations': {
          'Release': { 'msvs_settings': { 'VCCLCompilerTool': { 'RuntimeTypeInfo': 'true', 'RuntimeLibrary': 0 } } },
          'Debug': { 'msvs_settings': { 'VCCLCompilerTool': { 'RuntimeTypeInfo': 'true', 'RuntimeLibrary': 1 } } },
        },
        'msvs_settings': {
          'VCCLCompilerTool': {
            'ExceptionHandling': 1,
            'RuntimeTypeInfo': 'true',
            'WarningLevel': 4,
            'WarnAsError': 'true',
            # node-addon-api asks for static analysis, whose findings (in its own headers too) would be errors.
            'EnablePREfast': 'false',
            'AdditionalOptions': [
              '/std:c++17',
              '/permissive-',
              '/utf-8',
              '/Zc:__cplusplus',
              '/external:anglebrackets',
              '/external:W0',
              '/guard:cf',
              '/sdl',
            ],
          },
          'VCLinkerTool': {
            'AdditionalOptions': ['/guard:cf', '/Brepro'],
          },
        },
      }],
    ],
  },

  'targets': [
    {
      'target_name': 'windows_bits',
      'sources': ['<!@(node native/sources.cjs native)'],
    },
  ],

  'conditions': [
    ['bits_double==1', {
      'targets': [
        {
          'target_name': 'bits_double',
          'sources': ['<!@(node native/sources.cjs test/double)'],
        },
      ],
    }],
  ],
}
