# One description for all toolchains: MSVC reads msvs_settings, the cross compilers read cflags and ldflags.
{
  'variables': {
    # The COM double of the tests; switched on by tools/build/native.mjs.
    'bits_double%': 0,
    # The compiler of a cross build, 'gcc' or 'zig'; tools/build/native.mjs says. Empty: MSVC.
    'cross%': '',
    # 'false' lets MSVC go on after a warning.
    'warnings_are_errors%': 'true',
    'version': '<!(node -p "require(\'./package.json\').version")',
    # Four numbers, as Windows wants them; what stands behind them in a pre-release is left out.
    'version_numbers': '<!(node -p "[...require(\'./package.json\').version.match(/[0-9]+/g).slice(0, 3), 0].join()")',
    'node_addon_api_dir': "<!(node -p \"require('path').dirname(require.resolve('node-addon-api'))\")",
  },

  'target_defaults': {
    'dependencies': ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"],
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
      'WINDOWS_BITS_VERSION=<(version)',
      'WINDOWS_BITS_VERSION_NUMBERS=<(version_numbers)',
    ],
    # Node's own settings turn exceptions off in the library; node_addon_api_except_all turns them on, and makes a
    # JavaScript one of each.
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
    ],
    'conditions': [
      ['cross=="gcc"', {
        'ldflags': [
          '-Wl,--no-undefined',
          # The same sources give the same bytes.
          '-Wl,--no-insert-timestamp',
          # All that Windows has against exploits of memory errors. (Control Flow Guard is MSVC's only.)
          '-Wl,--dynamicbase',
          '-Wl,--nxcompat',
        ],
      }],
      ['cross=="gcc" and target_arch!="ia32"', { 'ldflags': ['-Wl,--high-entropy-va'] }],
      # With pointers of 32 bits some casts, that 64 bits need, change nothing.
      ['target_arch=="ia32"', { 'cflags_cc!': ['-Wuseless-cast'] }],
      # zig is clang and lld: it has other warnings, and links in this manner unasked.
      ['cross=="zig"', {
        'defines!': ['_WIN32_WINNT=0x0A00'],  # its own default, in other letters
        'cflags_cc!': ['-Wduplicated-cond', '-Wlogical-op', '-Wuseless-cast', '-fstack-protector-strong'],
        'ldflags!': ['-static', '-static-libgcc', '-static-libstdc++', '-fstack-protector-strong'],
      }],
    ],

    # MSVC. node-gyp compiles a source of its own with ours, in which '#pragma managed' means nothing without /clr.
    'msvs_disabled_warnings': [4949],
    # Conditions of this kind come last, so that they win over the weaker settings in Node's common.gypi.
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
            'WarnAsError': '<(warnings_are_errors)',
            # node-addon-api asks for static analysis, whose findings (in its own headers too) would be errors.
            'EnablePREfast': 'false',
            # Those of Node's headers: two standards on one command line are a warning.
            'AdditionalOptions!': ['-std:c++17', '-std:c++20', '/std:c++20'],
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
            # Static imports come from System32 only, wherever the host was started.
            # The name of the symbol file is kept without the folder it was built in.
            'AdditionalOptions': ['/guard:cf', '/Brepro', '/DEPENDENTLOADFLAG:0x800', '/PDBALTPATH:%_PDB%'],
          },
        },
      }],
    ],
  },

  'targets': [
    {
      'target_name': 'windows_bits',
      'sources': ['<!@(node native/sources.cjs native)'],
      'conditions': [
        ['cross==""', { 'sources': ['native/version.rc'] }, {
          'actions': [
            {
              'action_name': 'version_resource',
              'inputs': ['native/version.rc', 'native/resource.cjs', 'package.json'],
              'outputs': ['<(INTERMEDIATE_DIR)/version.o'],
              'action': [
                'node', 'native/resource.cjs', '<(cross)', '<(target_arch)', '<(version)', '<(version_numbers)',
                '<@(_outputs)',
              ],
              'process_outputs_as_sources': 1,
            },
          ],
        }],
      ],
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
