// The types of the project todo, at version 2 of its schema.
// Generated: make them anew after a change of the schema.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

type Operators1 = "eq" | "in" | "isnull" | "neq" | "notin";
type Operators2 = "all" | "any" | "contains" | "eq" | "isnull" | "neq";
type Operators3 = "between" | "eq" | "gt" | "gte" | "in" | "isnull" | "lt" | "lte" | "neq" | "notin";
type Operators4 = "between" | "contains" | "endswith" | "eq" | "gt" | "gte" | "icontains" | "iexact" | "in" | "isnull" | "istartswith" | "lt" | "lte" | "neq" | "notin" | "search" | "startswith";

/** Users */
export interface Users {
  id: string;
  created_at: string;
  updated_at: string;
  email: string | null;
  name: string | null;
  email_verified: boolean;
  status: "active" | "suspended";
  roles: string[];
  last_login_at: string | null;
}

export interface UsersCreate {
  id?: string;
  name?: string | null;
}

export interface UsersUpdate {
  name?: string | null;
}

/** Todos */
export interface Todos {
  id: string;
  created_at: string;
  updated_at: string;
  title: string;
  done: boolean;
  owner_id: string;
}

export interface TodosCreate {
  id?: string;
  title: string;
  done?: boolean;
  owner_id?: string;
}

export interface TodosUpdate {
  title?: string;
  done?: boolean;
  owner_id?: string;
}

export interface Schema {
  users: {
    record: Users;
    create: UsersCreate;
    update: UsersUpdate;
    conditions: {
      id: { value: string; operators: Operators3 };
      created_at: { value: string | Date; operators: Operators3 };
      updated_at: { value: string | Date; operators: Operators3 };
      email: { value: string; operators: Operators4 };
      name: { value: string; operators: Operators4 };
      email_verified: { value: boolean; operators: Operators1 };
      status: { value: "active" | "suspended"; operators: Operators4 };
      roles: { value: string[]; operators: Operators2 };
      last_login_at: { value: string | Date; operators: Operators3 };
    };
    relations: {};
    sorts: "id" | "created_at" | "updated_at" | "email" | "name" | "email_verified" | "status" | "last_login_at";
    keys: "id" | "email";
  };
  todos: {
    record: Todos;
    create: TodosCreate;
    update: TodosUpdate;
    conditions: {
      id: { value: string; operators: Operators3 };
      created_at: { value: string | Date; operators: Operators3 };
      updated_at: { value: string | Date; operators: Operators3 };
      title: { value: string; operators: Operators4 };
      done: { value: boolean; operators: Operators1 };
      owner_id: { value: string; operators: Operators3 };
      owner: { value: string; operators: Operators3 };
    };
    relations: {
      owner: { to: "users"; many: false };
    };
    sorts: "id" | "created_at" | "updated_at" | "title" | "done" | "owner_id";
    keys: "id";
  };
}
