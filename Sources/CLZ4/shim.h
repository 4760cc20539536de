// The system's LZ4 library: blocks (lz4.h) for the log and snapshots, frames (lz4frame.h) for exported files.
#ifndef TANDEM_CLZ4_SHIM_H
#define TANDEM_CLZ4_SHIM_H

#include <lz4.h>
#include <lz4frame.h>

#endif
