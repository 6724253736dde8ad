# Takes the place of Node's own common.gypi in the cross build on Linux. MSVC builds never see it.
{
  'variables': {
    'library%': 'shared_library',
    'node_engine_include_dir%': '',
    'node_with_ltcg%': 'false',
    'visibility%': 'hidden',
  },
  'target_defaults': {
    'default_configuration': 'Release',
    # node-gyp's hook is for MSVC; node_imports.cpp does its job here.
    'win_delay_load_hook': 'false',
    'configurations': {
      'Release': { 'defines': ['NDEBUG'], 'cflags': ['-O2', '-g0'], 'ldflags': ['-s'] },
      'Debug': { 'cflags': ['-O0', '-g'] },
    },
    'target_conditions': [
      ['_type=="loadable_module"', {
        # node-gyp adds import libraries in MSVC's spelling (-lkernel32.lib, node.lib).
        'libraries/': [['exclude', '\\.lib"?$']],
        'libraries': ['<(node_root_dir)/lib/node_imports.o'],
      }],
    ],
  },
}
