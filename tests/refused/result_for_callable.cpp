// refused: with() takes the function and calls it: give f, not the result f(...) of having called it
//
// The seed's own slip: shutdown(domain) is called first, and what it gave is passed on.
#include "ringback/pipeline/resource_pool.h"

struct Domain {};
int shutdown(Domain&);

#ifdef RINGBACK_AS_IT_SHOULD_BE
ringback::Task<int> use(ringback::ResourcePool<Domain>& pool) { return pool.with("host", shutdown); }
#else
void use(ringback::ResourcePool<Domain>& pool, Domain& domain) { pool.with("host", shutdown(domain)); }
#endif
