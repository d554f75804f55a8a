// Package rules decides what of an own item may be disclosed to an agency that
// asked. A decision is pure: the same rules, facts and time give the same answer.
//
//	facts of the request, the asker and the item --> Cedar, once for each field asked for
//	--> Refuse (the default), Escalate (a judicial authorisation or supervisor is
//	    needed first) or Permit, with the ground, the fields and the reasons
//
// Rules are Cedar policies (https://docs.cedarpolicy.com). They are validated
// strictly against the schema beside them when they are loaded, and so are the
// entities and the request of every decision. Cedar skips a policy that fails
// while it is evaluated, a forbid included, and may then answer Allow: here any
// such error refuses. What no rule permits is refused; a forbid wins over every
// permit. Annotations give a rule its effect beyond yes and no:
//
//	@id("...")        names the rule; required, and unique
//	@ground("...")    of a forbid: the ground of refusal that it stands for
//	@escalate("...")  of a permit: it holds only after what the text says
//
// The asker of a request chooses its purpose, offence and wanted fields, and may
// lie in each: rules rest on what was proved or is our own (the asker's identity,
// the item's category and handling), and what is merely claimed is kept, signed,
// for both oversight bodies. An asker learns the outcome and the ground, never
// which rule decided or whether another would have.
package rules
