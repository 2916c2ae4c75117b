#pragma once
// hsm/module/worker.hpp: the child's loop: one request, one answer, until the program goes away.

namespace hsm::module {

/// Serves hsm/worker.capnp on the socket `fd` (owned from here on) until the other end is closed.
/// @return false if something came that is not a request: the process ends.
[[nodiscard]] bool serve(int fd);

}  // namespace hsm::module
