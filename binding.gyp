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
    # Four numbers, as Windows wants them; the suffix of a pre-release is left out.
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
      # The code makes strings of these, because quotes do not survive every shell and every generator.
      'WINDOWS_BITS_VERSION=<(version)',
      'WINDOWS_BITS_VERSION_NUMBERS=<(version_numbers)',
    ],
    # Node's own settings turn C++ exceptions off. node_addon_api_except_all turns them on, and makes each one that
    # reaches Node a JavaScript exception.
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
          # All that GNU ld knows against exploits of memory errors; MSVC has more (below).
          '-Wl,--dynamicbase',
          '-Wl,--nxcompat',
        ],
      }],
      ['cross=="gcc" and target_arch!="ia32"', { 'ldflags': ['-Wl,--high-entropy-va'] }],
      # Some casts that 64-bit builds need change nothing here.
      ['target_arch=="ia32"', { 'cflags_cc!': ['-Wuseless-cast'] }],
      # zig is clang and lld: it has other warnings, and links in this way by default.
      ['cross=="zig"', {
        'defines!': ['_WIN32_WINNT=0x0A00'],  # zig defines it, too, and spells it differently
        'cflags_cc!': ['-Wduplicated-cond', '-Wlogical-op', '-Wuseless-cast', '-fstack-protector-strong'],
        'ldflags!': ['-static', '-static-libgcc', '-static-libstdc++', '-fstack-protector-strong'],
      }],
    ],

    # MSVC. node-gyp adds a source of its own, whose '#pragma managed' is a warning without /clr.
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
              # Against exploits of memory errors. tools/build/verify-binary.mjs reads them back from the binary, except for
              # /Qspectre, which leaves nothing to read. That is set for the compiler only: gyp's SpectreMitigation
              # would need libraries that Visual Studio does not install by default.
              '/guard:cf',
              '/sdl',
              '/Qspectre',
            ],
          },
          'VCLinkerTool': {
            'AdditionalOptions': [
              '/guard:cf',
              '/DYNAMICBASE',
              '/NXCOMPAT',
              # The DLLs that are imported statically come from System32, wherever the host was started.
              '/DEPENDENTLOADFLAG:0x800',
              # The same sources give the same bytes.
              '/Brepro',
              # The symbol file is named without the folder it was built in.
              '/PDBALTPATH:%_PDB%',
            ],
          },
        },
        # What only one kind of CPU has: on x64 the shadow stack for return addresses, which needs to know where
        # exceptions continue; on arm64 signed return addresses; on ia32 a list of the exception handlers that may run.
        'conditions': [
          ['target_arch=="x64"', {
            'msvs_settings': {
              'VCCLCompilerTool': { 'AdditionalOptions': ['/guard:ehcont'] },
              'VCLinkerTool': { 'AdditionalOptions': ['/guard:ehcont', '/CETCOMPAT', '/HIGHENTROPYVA'] },
            },
          }],
          ['target_arch=="arm64"', {
            'msvs_settings': {
              'VCCLCompilerTool': { 'AdditionalOptions': ['/guard:signret'] },
              'VCLinkerTool': { 'AdditionalOptions': ['/HIGHENTROPYVA'] },
            },
          }],
          ['target_arch=="ia32"', {
            'msvs_settings': { 'VCLinkerTool': { 'AdditionalOptions': ['/SAFESEH'] } },
          }],
        ],
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
